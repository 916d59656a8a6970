"""What verdicts, letters and permissions mean, in the words of the terminal and the handbook."""

from collections.abc import Mapping

from patency.core.access import OverrideBy
from patency.core.protocol.model import Evidence, Urgency

VERDICT: Mapping[str, str] = {
    "BLOCK": "this may not go on as it is.",
    "HOLD": "she waits until what was found is put right.",
    "ASK": "questions are still open, and an open question never clears anybody.",
    "FLAG": "nothing stops her, but somebody who may must look at each flag first.",
    "CLEAR": "nothing stands in the way.",
}
URGENCY: Mapping[Urgency, str] = {
    Urgency.EMERGENCY: "ambulance or emergency department, now.",
    Urgency.URGENT: "assessed in person the same day.",
    Urgency.CALL: "a clinician calls back within 24 hours; appointment within 48 if unresolved.",
    Urgency.SELF_CARE: "self-care, and the diary goes on.",
}
EVIDENCE: Mapping[Evidence, str] = {
    Evidence.GUIDELINE: "guideline",
    Evidence.TRIAL: "trial or meta-analysis",
    Evidence.SINGLE_STUDY: "single study",
    Evidence.LEAFLET: "clinic leaflet",
    Evidence.WEAK: "weak web page",
    Evidence.COMPUTED: "computed",
    Evidence.PROPOSAL: "our proposal",
    Evidence.UNCONFIRMED: "not confirmed",
}
MAY_OVERRIDE: Mapping[OverrideBy, str] = {
    OverrideBy.NEVER: "never, by anyone",
    OverrideBy.CONSULTANT: "a consultant may, with a reason",
    OverrideBy.CLINICIAN: "a clinician may, with a reason",
}
NO_SIGNATURE = "not yet signed off"
