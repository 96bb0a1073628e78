"""A DICOM reader (PyPI dicomweb-client with pydicom), unmodified, with the token of a SMART app."""

import unittest

import numpy
import pydicom
import requests
from dicomweb_client import DICOMwebClient
from fhirclient import client
from fhirclient.models.endpoint import Endpoint
from fhirclient.models.imagingstudy import ImagingStudy
from requests.exceptions import HTTPError

from person import Person
from stack import Stack

ORIGIN = "http://127.0.0.1:4711"
PATIENT = "smart-1288992"


def study_uid(study):
    """`urn:oid:1.2.3` among the identifiers, without what stands before the number."""
    (uid,) = (own["value"] for own in study["identifier"] if own.get("system") == "urn:dicom:uid")
    return uid.removeprefix("urn:oid:")


class ImagingApp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack()
        cls.app = client.FHIRClient(
            settings={
                "api_base": cls.stack.fhir,
                "app_id": "demo-app",
                "redirect_uri": f"{ORIGIN}/callback",
                "scope": "launch/patient openid fhirUser patient/*.read",
            }
        )
        cls.app.prepare()
        person = Person("daniel-adams", "demo-password", PATIENT)
        cls.app.handle_callback(person.authorize(cls.app.authorize_url, ORIGIN))
        token = cls.app.server.auth.access_token
        studies = ImagingStudy.where({"patient": PATIENT}).perform_resources_iter(cls.app.server)
        cls.study = next(study.as_json() for study in studies if study.resource_type == "ImagingStudy")
        endpoint = Endpoint.read_from(cls.study["endpoint"][0]["reference"], cls.app.server)
        cls.address = endpoint.address
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {token}"
        cls.images = DICOMwebClient(url=endpoint.address, session=session)

    @classmethod
    def tearDownClass(cls):
        cls.stack.stop()

    def others(self):
        """Studies of other people, as the open mirror shows them."""
        mirror = self.stack.fhir.replace("/api/fhir", "/api/open-fhir")
        bundle = requests.get(f"{mirror}/ImagingStudy?_count=500", timeout=30).json()
        resources = (entry["resource"] for entry in bundle["entry"])
        others = [one for one in resources if one["subject"]["reference"] != f"Patient/{PATIENT}"]
        self.assertTrue(others)
        return others

    def test_a_study_is_retrieved_and_read(self):
        self.assertEqual(self.address, f"{self.stack.fhir}/dicomweb")
        uid = study_uid(self.study)
        files = self.images.retrieve_study(uid)
        self.assertEqual(len(files), self.study["numberOfInstances"])
        for file in files:
            self.assertIsInstance(file, pydicom.Dataset)
            self.assertEqual(file.StudyInstanceUID, uid)
            self.assertEqual(str(file.PatientName.family_name), "Adams")
            self.assertEqual(file.pixel_array.shape, (file.Rows, file.Columns))
        named = {one["uid"] for series in self.study["series"] for one in series["instance"]}
        self.assertEqual({file.SOPInstanceUID for file in files}, named)

    def test_series_instance_metadata_frame_and_picture_agree(self):
        uid = study_uid(self.study)
        series = self.study["series"][0]
        instance = series["instance"][0]["uid"]
        where = (uid, series["uid"], instance)
        self.assertEqual(len(self.images.retrieve_series(*where[:2])), series["numberOfInstances"])
        whole = self.images.retrieve_instance(*where)
        metadata = pydicom.Dataset.from_json(self.images.retrieve_instance_metadata(*where))
        self.assertEqual(metadata.SOPInstanceUID, instance)
        self.assertEqual(metadata.PatientName, whole.PatientName)
        (frame,) = self.images.retrieve_instance_frames(*where, frame_numbers=[1])
        pixels = numpy.frombuffer(frame, dtype=numpy.uint8).reshape(whole.pixel_array.shape)
        self.assertTrue(numpy.array_equal(pixels, whole.pixel_array))
        (bulk,) = self.images.retrieve_bulkdata(
            f"{self.address}/studies/{uid}/series/{series['uid']}/instances/{instance}/bulkdata/7FE00010"
        )
        self.assertEqual(bulk, whole.PixelData)
        for media_type, begin in (("image/png", b"\x89PNG"), ("image/jpeg", b"\xff\xd8\xff")):
            picture = self.images.retrieve_instance_rendered(*where, media_types=(media_type,))
            self.assertTrue(picture.startswith(begin))

    def test_searches_find_ones_own_studies_and_no_others(self):
        found = [pydicom.Dataset.from_json(one) for one in self.images.search_for_studies()]
        self.assertIn(study_uid(self.study), [one.StudyInstanceUID for one in found])
        self.assertEqual({str(one.PatientName.family_name) for one in found}, {"Adams"})
        uid = study_uid(self.study)
        (one,) = self.images.search_for_studies(search_filters={"StudyInstanceUID": uid}, limit=1)
        self.assertEqual(
            pydicom.Dataset.from_json(one).NumberOfStudyRelatedInstances,
            self.study["numberOfInstances"],
        )
        self.assertEqual(len(self.images.search_for_series(uid)), self.study["numberOfSeries"])
        self.assertEqual(len(self.images.search_for_instances(uid)), self.study["numberOfInstances"])
        for other in self.others():
            filters = {"StudyInstanceUID": study_uid(other)}
            self.assertEqual(self.images.search_for_studies(search_filters=filters), [])

    def test_studies_of_others_and_calls_without_a_token_are_refused(self):
        for other in self.others()[:3]:
            with self.assertRaises(HTTPError) as refused:
                self.images.retrieve_study(study_uid(other))
            self.assertEqual(refused.exception.response.status_code, 404)
        with self.assertRaises(HTTPError) as refused:
            DICOMwebClient(url=self.address).retrieve_study(study_uid(self.study))
        self.assertEqual(refused.exception.response.status_code, 401)


if __name__ == "__main__":
    unittest.main()
