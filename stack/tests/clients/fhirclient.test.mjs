// The SMART JavaScript client (npm fhirclient), unmodified, as a server-side app.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import FHIR from "fhirclient";

import { Person } from "./person.mjs";
import { startStack } from "./stack.mjs";

let stack;
before(async () => {
    stack = await startStack();
});
after(() => stack?.stop());

// An app with one session: /launch asks for authorization, /callback completes it.
async function startApp(settings) {
    const session = {};
    const app = { session };
    const server = createServer((request, response) => {
        request.session = session;
        request.protocol = "http";
        const smart = FHIR(request, response);
        const work = request.url.startsWith("/launch")
            ? smart.authorize({ iss: stack.fhir, redirectUri: "/callback", ...settings })
            : smart.ready().then((client) => {
                  app.client = client;
                  response.end("done");
              });
        Promise.resolve(work).catch((error) => {
            app.error = error;
            response.statusCode = 500;
            response.end(String(error));
        });
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    app.origin = `http://127.0.0.1:${server.address().port}`;
    app.close = () => server.close();
    return app;
}

async function launch(settings, person) {
    const app = await startApp(settings);
    try {
        const start = await fetch(`${app.origin}/launch`, { redirect: "manual" });
        const authorize = start.headers.get("location");
        assert.ok(authorize, `no redirect to the authorization server: ${await start.text()}`);
        const back = await person.authorize(authorize, app.origin);
        const end = await fetch(back);
        assert.equal(end.status, 200, await end.text());
        return app.client;
    } finally {
        app.close();
    }
}

const daniel = () => new Person({ username: "daniel-adams", password: "demo-password", patient: "smart-1288992" });
const SCOPE = "launch/patient openid fhirUser offline_access patient/*.rs";

for (const [name, settings] of [
    ["public", { clientId: "demo-app" }],
    ["confidential", { clientId: "demo-confidential", clientSecret: "demo-confidential-secret" }],
]) {
    test(`a ${name} client launches, reads its patient, searches and refreshes`, async () => {
        const client = await launch({ scope: SCOPE, ...settings }, daniel());
        assert.equal(client.patient.id, "smart-1288992");
        const patient = await client.patient.read();
        assert.equal(patient.name[0].family, "Adams");
        assert.equal(client.user.fhirUser?.split("/").slice(-2).join("/"), "Patient/smart-1288992");
        const labs = await client.patient.request("Observation?category=laboratory&_count=5", { pageLimit: 0, flat: true });
        assert.ok(labs.length > 5, "the client follows next links");
        const first = client.state.tokenResponse.access_token;
        await client.refresh();
        assert.notEqual(client.state.tokenResponse.access_token, first);
        assert.equal((await client.patient.read()).id, "smart-1288992");
        await assert.rejects(client.request("Patient/smart-1081332"), /404|Not Found/);
    });
}
