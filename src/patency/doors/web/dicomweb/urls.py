"""The addresses of DICOMweb, below a site: ids only, as everywhere."""

from django.urls import include, path

from patency.doors.web.dicomweb import query, retrieve

STUDY = "studies/<uid:study>/"
SERIES = "studies/<uid:study>/series/<uid:series>/"
IMAGE = SERIES + "instances/<uid:instance>/"


def at(address: str) -> str:
    """Return an address as DICOMweb writes it: without a stroke at its end."""
    return address.rstrip("/")


of_a_site = [
    path("studies", query.studies, name="dicomweb-studies"),
    path("series", query.series, name="dicomweb-series"),
    path("instances", query.instances, name="dicomweb-instances"),
    path(at(STUDY), retrieve.study, name="dicomweb-study"),
    path(STUDY + "series", query.series, name="dicomweb-study-series"),
    path(STUDY + "instances", query.instances, name="dicomweb-study-instances"),
    path(STUDY + "metadata", retrieve.metadata, name="dicomweb-study-metadata"),
    path(at(SERIES), retrieve.whole, name="dicomweb-one-series"),
    path(SERIES + "instances", query.instances, name="dicomweb-series-instances"),
    path(SERIES + "metadata", retrieve.metadata, name="dicomweb-series-metadata"),
    path(at(IMAGE), retrieve.whole, name="dicomweb-instance"),
    path(IMAGE + "metadata", retrieve.metadata, name="dicomweb-instance-metadata"),
    path(IMAGE + "rendered", retrieve.picture, name="dicomweb-rendered"),
    path(IMAGE + "bulkdata/<place:place>", retrieve.bulk, name="dicomweb-bulk"),
    path(IMAGE + "frames/<numbers:frames>", retrieve.frames, name="dicomweb-frames"),
    path(
        IMAGE + "frames/<numbers:frames>/rendered",
        retrieve.picture,
        name="dicomweb-frame-rendered",
    ),
]
urlpatterns = [path("site/<slug:site>/dicomweb/", include(of_a_site))]
