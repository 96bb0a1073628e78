"""The SMART Python client (PyPI fhirclient), unmodified, as a stand-alone app."""

import unittest

from fhirclient import client
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException

from person import Person
from stack import Stack

ORIGIN = "http://127.0.0.1:4711"
PATIENT = "smart-1288992"
ANOTHER = "smart-1081332"


class StandaloneApp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack()

    @classmethod
    def tearDownClass(cls):
        cls.stack.stop()

    def app(self, **settings):
        return client.FHIRClient(
            settings={
                "api_base": self.stack.fhir,
                "redirect_uri": f"{ORIGIN}/callback",
                "scope": "launch/patient openid fhirUser offline_access patient/*.read",
                **settings,
            }
        )

    def sign_in(self, app):
        self.assertFalse(app.ready)
        self.assertTrue(app.prepare() or app.authorize_url)
        person = Person("daniel-adams", "demo-password", PATIENT)
        app.handle_callback(person.authorize(app.authorize_url, ORIGIN))
        self.assertTrue(app.ready)

    def check(self, app):
        self.sign_in(app)
        self.assertEqual(app.patient_id, PATIENT)
        patient = Patient.read(PATIENT, app.server)
        self.assertEqual(patient.name[0].family, "Adams")
        laboratory = {"patient": PATIENT, "category": "laboratory", "_count": "5"}
        found = list(Observation.where(laboratory).perform_resources_iter(app.server))
        self.assertGreater(len(found), 5, "the client follows next links")
        with self.assertRaises(FHIRNotFoundException):
            Patient.read(ANOTHER, app.server)
        first = app.server.auth.access_token
        self.assertTrue(app.reauthorize())
        self.assertNotEqual(app.server.auth.access_token, first)
        self.assertEqual(Patient.read(PATIENT, app.server).id, PATIENT)

    def test_a_public_app_signs_in_reads_and_refreshes(self):
        self.check(self.app(app_id="demo-app"))

    def test_an_app_with_a_secret_signs_in_reads_and_refreshes(self):
        self.check(self.app(app_id="demo-confidential", app_secret="demo-confidential-secret"))


if __name__ == "__main__":
    unittest.main()
