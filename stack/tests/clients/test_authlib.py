"""Authlib (PyPI authlib), unmodified, as a backend service of the demo profile."""

import json
import pathlib
import time
import unittest

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey

from stack import Stack

ROOT = pathlib.Path(__file__).resolve().parents[3]
PUBLISHED = ROOT / "authz/demo/demo-backend.published-private-key.jwk.json"


class BackendService(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack()
        cls.key = ECKey.import_key(json.loads(PUBLISHED.read_text()))

    @classmethod
    def tearDownClass(cls):
        cls.stack.stop()

    def session(self, key=None, claims=None, **header):
        """A session that signs with a key and tells Authlib all that SMART asks of an assertion."""
        endpoint = f"{self.stack.issuer}/oauth/token"
        session = OAuth2Session(
            "demo-backend",
            key or self.key,
            token_endpoint=endpoint,
            token_endpoint_auth_method="private_key_jwt",
            scope="system/*.rs",
        )
        session.register_client_auth_method(
            PrivateKeyJWT(
                endpoint,
                claims={"exp": int(time.time()) + 240, **(claims or {})},
                headers={"kid": "demo-backend", "typ": "JWT", **header},
                alg="ES384",
            )
        )
        return session

    def assert_refused(self, session):
        with self.assertRaises(OAuthError) as refused:
            session.fetch_token(grant_type="client_credentials")
        self.assertEqual(refused.exception.error, "invalid_client")

    def test_a_token_reads_and_does_not_write(self):
        session = self.session()
        token = session.fetch_token(grant_type="client_credentials")
        self.assertEqual(token["token_type"], "Bearer")
        self.assertLessEqual(token["expires_in"], 300)
        self.assertEqual(token["scope"], "system/*.rs")
        self.assertNotIn("refresh_token", token)
        found = session.get(f"{self.stack.fhir}/Patient?_count=2")
        self.assertEqual(found.status_code, 200)
        self.assertEqual(len(found.json()["entry"]), 2)
        written = session.post(f"{self.stack.fhir}/Patient", json={"resourceType": "Patient"})
        self.assertEqual(written.status_code, 403)

    def test_another_key_id_is_refused(self):
        self.assert_refused(self.session(kid="other"))

    def test_another_key_is_refused(self):
        self.assert_refused(self.session(key=ECKey.generate_key("P-384")))

    def test_an_assertion_that_is_over_is_refused(self):
        self.assert_refused(self.session(claims={"exp": int(time.time()) - 300}))

    def test_an_assertion_counts_once(self):
        claims = {"jti": "only-once"}
        self.session(claims=claims).fetch_token(grant_type="client_credentials")
        self.assert_refused(self.session(claims=claims))


if __name__ == "__main__":
    unittest.main()
