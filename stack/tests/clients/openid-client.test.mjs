// The OpenID client (npm openid-client), unmodified: every kind of client it can be.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import * as oidc from "openid-client";

import { Person } from "./person.mjs";
import { startStack } from "./stack.mjs";

const SCOPE = "launch/patient openid fhirUser offline_access patient/*.rs";
const PATIENT = "smart-1288992";
const insecure = { execute: [oidc.allowInsecureRequests] };

let stack;
let app;
before(async () => {
    stack = await startStack();
    app = createServer((_, response) => response.end("done"));
    await new Promise((resolve) => app.listen(0, "127.0.0.1", resolve));
    app.origin = `http://127.0.0.1:${app.address().port}`;
    app.callback = `${app.origin}/callback`;
});
after(() => {
    app?.close();
    stack?.stop();
});

const daniel = () => new Person({ username: "daniel-adams", password: "demo-password", patient: PATIENT });
const discover = (id, metadata, authentication) =>
    oidc.discovery(new URL(stack.issuer), id, metadata, authentication, insecure);

// Code with PKCE, state and nonce; returns the checked token response.
async function signIn(config, { pushed = false, options } = {}) {
    const verifier = oidc.randomPKCECodeVerifier();
    const expected = { state: oidc.randomState(), nonce: oidc.randomNonce() };
    const parameters = {
        redirect_uri: app.callback,
        scope: SCOPE,
        aud: stack.fhir,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        ...expected,
    };
    const url = pushed
        ? await oidc.buildAuthorizationUrlWithPAR(config, parameters, options)
        : oidc.buildAuthorizationUrl(config, parameters);
    const back = await daniel().authorize(url.href, app.origin);
    const checks = { pkceCodeVerifier: verifier, expectedState: expected.state, expectedNonce: expected.nonce, idTokenExpected: true };
    return oidc.authorizationCodeGrant(config, new URL(back), checks, undefined, options);
}

async function readPatient(tokens) {
    const response = await fetch(`${stack.fhir}/Patient/${tokens.patient}`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    return response.status;
}

// A key pair, and what of it the server learns.
async function keyPair() {
    const algorithm = { name: "ECDSA", namedCurve: "P-384" };
    const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const jwk = { ...(await crypto.subtle.exportKey("jwk", publicKey)), kid: "app", use: "sig", alg: "ES384" };
    delete jwk.key_ops;
    delete jwk.ext;
    return { key: { key: privateKey, kid: "app" }, jwks: { keys: [jwk] } };
}

// SMART asks for a `typ` that the library leaves out unless it is told (modifyAssertion is its own way to say so).
const signs = (key) => oidc.PrivateKeyJwt(key, { [oidc.modifyAssertion]: (header) => Object.assign(header, { typ: "JWT" }) });

test("a public client signs in, refreshes, asks who it is and signs out", async () => {
    const config = await discover("demo-app", undefined, oidc.None());
    const tokens = await signIn(config);
    assert.equal(tokens.patient, PATIENT);
    assert.equal(tokens.claims().fhirUser, `${stack.fhir}/Patient/${PATIENT}`);
    assert.equal(await readPatient(tokens), 200);
    const user = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    assert.equal(user.sub, tokens.claims().sub);
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    assert.notEqual(renewed.access_token, tokens.access_token);
    assert.equal(await readPatient(renewed), 200);
    await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), { error: "invalid_grant" });
    assert.equal(await readPatient(renewed), 401, "a replayed refresh token ends the family");
    const end = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${app.origin}/` });
    assert.equal(end.pathname, "/oauth/logout");
});

for (const [name, authentication] of [
    ["client_secret_basic", oidc.ClientSecretBasic],
    ["client_secret_post", oidc.ClientSecretPost],
]) {
    test(`a client with a secret introspects and revokes its tokens (${name})`, async () => {
        const secret = "demo-confidential-secret";
        const config = await discover("demo-confidential", secret, authentication(secret));
        const tokens = await signIn(config);
        const seen = await oidc.tokenIntrospection(config, tokens.access_token);
        assert.equal(seen.active, true);
        assert.equal(seen.patient, PATIENT);
        await oidc.tokenRevocation(config, tokens.refresh_token);
        assert.deepEqual(await oidc.tokenIntrospection(config, tokens.access_token), { active: false });
        assert.equal(await readPatient(tokens), 401);
    });
}

test("a client registers itself with a key, signs in with private_key_jwt and pushes its request", async () => {
    const { key, jwks } = await keyPair();
    const metadata = {
        client_name: "OpenID client",
        redirect_uris: [app.callback],
        token_endpoint_auth_method: "private_key_jwt",
        jwks,
        require_pushed_authorization_requests: true,
    };
    const config = await oidc.dynamicClientRegistration(new URL(stack.issuer), metadata, signs(key), insecure);
    const tokens = await signIn(config, { pushed: true });
    assert.equal(tokens.patient, PATIENT);
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal((await oidc.tokenIntrospection(config, renewed.access_token)).active, true);
    await assert.rejects(signIn(config), /must push its requests/);
});

test("a token that is bound to a key is read with proofs and refused without", async () => {
    const config = await discover("demo-app", undefined, oidc.None());
    const pair = await oidc.randomDPoPKeyPair("ES256");
    const options = { DPoP: oidc.getDPoPHandle(config, pair) };
    const tokens = await signIn(config, { pushed: true, options });
    assert.equal(tokens.token_type, "dpop");
    const url = new URL(`${stack.fhir}/Patient/${PATIENT}`);
    const read = await oidc.fetchProtectedResource(config, tokens.access_token, url, "GET", null, undefined, options);
    assert.equal((await read.json()).id, PATIENT);
    assert.equal(await readPatient(tokens), 401);
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, options);
    assert.equal(renewed.token_type, "dpop");
});
