"""The words of a report in English."""

ENGLISH: dict[str, str] = {
    # titles
    "title-header": "Examination",
    "title-technique": "Technique",
    "title-dose": "Radiation dose",
    "title-cervix": "Cervix",
    "title-cavity": "Cavity of the womb",
    "title-right": "Right tube",
    "title-left": "Left tube",
    "title-peritoneum": "Pelvis",
    "title-events": "Events",
    "title-limitations": "Limitations",
    "title-impression": "Impression",
    "title-recommendation": "Recommendation",
    "title-accuracy": "How sure this examination is",
    # header
    "header-what": "Hysterosalpingography (HSG), number {number}, on {day}.",
    "header-indication": "Reason for the examination: {indication}.",
    "header-cycle": "Cycle day {cycle_day}; period began {period_start}, bleeding ended "
    "{bleeding_ended}.",
    "header-cycle-unknown": "The day of the cycle is not recorded.",
    "header-pregnancy": "Pregnancy test the same day: {result}, read at {at}.",
    "header-pregnancy-unknown": "A pregnancy test of the same day is not recorded.",
    "header-protocol": "Cleared under protocol {protocol}.",
    # technique
    "technique-who": "Operator: {operator}. Device: {device}; seal: {seal}.",
    "technique-contrast": "Contrast: {agent} ({medium}), lot {lot}, {iodine} mg iodine per mL; "
    "{increments} mL, together {total} mL.",
    "technique-no-contrast": "No contrast was given.",
    "technique-images": "Key images made: {images}.",
    "technique-no-images": "No key images were made.",
    "technique-anaesthesia": "Anaesthesia: {anaesthesia}.",
    "medium-water": "water-soluble",
    "medium-oil": "oil",
    # dose
    "dose-dap": "Dose-area product {dap} Gy·cm²; reference level {reference} Gy·cm².",
    "dose-above": "Above the reference level. Reason given: {reason}",
    "dose-time": "Fluoroscopy {seconds} s.",
    "dose-unknown": "The dose was not recorded.",
    # cervix
    "cervix-leak": "Contrast leaked back at the cervix.",
    "cervix-no-leak": "No leak at the cervix.",
    "cervix-stenosis": "The cervix was too narrow to pass.",
    # cavity
    "shape-normal": "Normal outline.",
    "shape-arcuate": "Slightly curved top (arcuate).",
    "shape-divided": "Divided cavity; its type cannot be decided from HSG, which shows only the "
    "inner outline. Septate or bicornuate: 3D ultrasound or MRI decides.",
    "shape-one-horn": "One horn only.",
    "shape-two-cavities": "Two separate cavities.",
    "shape-irregular": "Irregular outline.",
    "shape-t-shaped": "Narrow cavity with thick side walls (T-shaped).",
    "class-eshre": "By ESHRE/ESGE 2013: {classes}.",
    "class-eshre-open": "By ESHRE/ESGE 2013: {classes}; the outer outline decides, and HSG does "
    "not show it.",
    "class-asrm": "By ASRM 2021: {classes}.",
    "class-asrm-open": "By ASRM 2021: {classes}; the outer outline decides, and HSG does not show "
    "it.",
    "or": " or ",
    "U0": "U0 (normal)",
    "U1a": "U1a (T-shaped)",
    "U2": "U2 (septate)",
    "U2b": "U2b (septate, complete)",
    "U3": "U3 (bicorporeal)",
    "U3b": "U3b (bicorporeal, complete)",
    "U4": "U4 (hemi-uterus)",
    "asrm-normal": "normal or arcuate",
    "asrm-septate": "septate",
    "asrm-bicornuate": "bicornuate",
    "asrm-unicornuate": "unicornuate",
    "asrm-didelphys": "didelphys",
    "measured-depth": "Measured: the top comes down by {depth} mm.",
    "measured-angle": "Measured: angle {angle}°.",
    "measured-both": "Measured: the top comes down by {depth} mm, angle {angle}°.",
    "shape-not-seen": "The cavity was not seen.",
    "defect-air-bubble": "Round, moving defect: air bubble.",
    "defect-polyp-like": "Smooth filling defect, like a polyp.",
    "defect-fibroid-like": "Smooth defect that pushes the outline in, like a fibroid.",
    "defect-synechiae": "Irregular, lasting defect: adhesions inside the womb.",
    "defect-diverticula": "Small outpouchings of the wall, as in adenomyosis.",
    # tubes
    "filled-none": "It did not fill at the horn.",
    "filled-horn": "It did not fill beyond the horn.",
    "filled-isthmus": "It filled to the isthmus.",
    "filled-ampulla": "It filled to the ampulla.",
    "filled-fimbria": "It filled to its end.",
    "spill-free": "Free spill.",
    "spill-slow": "Slow spill: open, but not free.",
    "spill-loculated": "The contrast that came out stayed in a pocket.",
    "spill-none": "No spill.",
    "spill-not-seen": "The spill was not seen.",
    "calibre-normal": "Normal width.",
    "calibre-dilated": "Dilated.",
    "calibre-not-judged": "Its width cannot be judged.",
    "diverticula": "Many small outpouchings of the isthmus (salpingitis isthmica nodosa).",
    "peritubal": "Contrast lay around the tube in coils or pockets; adhesions are possible. HSG is "
    "not reliable for them.",
    "cannot-exclude-spasm": "A spasm cannot be excluded; this is not proof of a closed tube.",
    "said-note": "Note: {note}",
    # peritoneum
    "peritoneum-free": "Contrast spread freely.",
    "peritoneum-pocket": "Contrast stayed in a pocket on: {sides}. Adhesions are possible; HSG is "
    "not reliable for them.",
    "peritoneum-none": "No contrast in the pelvis was seen.",
    "side-right": "the right",
    "side-left": "the left",
    # events
    "event-intravasation": "Contrast entered vessels: grade {grade} of 3.",
    "event-pain": "Pain {score} of 10; relief offered: {relief}.",
    "event-pain-unknown": "Pain was not recorded.",
    "event-none": "No other event.",
    "event-other": "Also: {events}.",
    "event-stopped": "The examination was stopped early. {reason}",
    "yes": "yes",
    "no": "no",
    "not-recorded": "not recorded",
    # limitations
    "limit-quality": "Quality of the images: {quality}.",
    "quality-poor": "poor",
    "quality-average": "average",
    "quality-good": "good",
    "limit-images": "Key images {images} are missing: {why}",
    "limit-late": "The examination lay after the days before ovulation. A thick lining can make a "
    "tube look closed that is not.",
    "limit-not-diagnostic": "The examination does not answer the question: {reason}.",
    "reason-pain": "pain",
    "reason-leak": "leak of contrast",
    "reason-failed-cannulation": "the cervix could not be entered",
    "reason-cervical-stenosis": "the cervix is too narrow",
    "reason-intravasation": "contrast entered vessels",
    "reason-stopped-at-her-wish": "stopped at her wish",
    "reason-equipment": "equipment",
    "limit-none": "None beyond those of the method.",
    # impression
    "patent": "{side} tube: open with free spill.",
    "patent-wide": "{side} tube: dilated, open with free spill.",
    "slow-spill": "{side} tube: open, but slow to empty.",
    "spill-not-seen-tube": "{side} tube: whether it is open was not seen.",
    "occ-corn": "{side} tube: did not fill at the horn; a spasm cannot be excluded.",
    "occ-isth": "{side} tube: contrast stopped in the isthmus.",
    "occ-amp": "{side} tube: contrast stopped in the ampulla.",
    "occ-fim": "{side} tube: contrast reached the end and did not come out.",
    "hydrosalpinx": "{side} tube: dilated and not emptying freely (hydrosalpinx).",
    "adhesion": "{side} side: contrast stayed in a pocket; adhesions are possible.",
    "isthmica-nodosa": "{side} tube: salpingitis isthmica nodosa.",
    "leak": "Leak at the cervix.",
    "stenosis": "Narrow cervix.",
    "intravasation": "Contrast entered vessels.",
    "not-diagnostic": "Not diagnostic.",
    "Right": "Right",
    "Left": "Left",
    # recommendation
    "do-repeat-not-diagnostic": "Repeat in another cycle, or choose another test.",
    "do-repeat-one-month": "Repeat the HSG after about one month, in the next cycle or later, or "
    "selective salpingography. 24 of 40 women with both tubes not filling at the horn had both "
    "open on the repeat.",
    "do-specialist-hydrosalpinx": "Specialist (reproductive medicine) before trying: a dilated "
    "tube. Decide on antibiotics at this visit.",
    "do-antibiotics-wide": "Decide on antibiotics at this visit: a dilated tube.",
    "do-specialist-closed": "Specialist (reproductive medicine): contrast came out of neither "
    "tube.",
    "do-outer-outline": "3D ultrasound or MRI for the outer outline of the womb.",
    "do-hysteroscopy": "Look into the womb (hysteroscopy) or saline ultrasound to settle the "
    "defect.",
    "do-adhesions": "Adhesions can only be settled by laparoscopy; decide with the gynaecologist.",
    "do-thyroid": "Oil contrast: thyroid test (TSH) at about four weeks.",
    "do-try": "A tube is open. From the day given in the aftercare plan the couple may try, from "
    "the next cycle; an open tube is only one part of fertility.",
    "do-look-further": "Decide on the next test with the gynaecologist.",
    # accuracy
    "accuracy-intro": "HSG is a screening test. Of 100 women with the finding it shows so many "
    "(sensitivity); of 100 without it, so many are called free of it (specificity).",
    "accuracy-line": "{target}: sensitivity {sensitivity}, specificity {specificity} ({source}).",
    "accuracy-patency": "Open or closed tubes",
    "accuracy-any": "Any disease of a tube",
    "accuracy-both": "Disease of both tubes",
    "accuracy-any-low-risk": "Any disease of a tube, in women without risk factors",
    "accuracy-both-low-risk": "Disease of both tubes, in women without risk factors",
    "accuracy-not-stated": "about the same as in all women",
    "accuracy-adhesions": "Adhesions around a tube: not reliable (Swart 1995).",
    "accuracy-proximal": "Both tubes not filling at the horn: both were open in 24 of 40 women "
    "(60 %) on a repeat about a month later (Dessole 2000).",
    # the page in plain language
    "plain-title": "Your examination in plain words",
    "plain-done": "What was done",
    "plain-done-text": "A doctor put contrast through the cervix and took X-ray pictures of your "
    "womb and tubes.",
    "plain-stopped-text": "The examination was stopped before its end. You were right to say so, "
    "or the team to stop.",
    "plain-seen": "What was seen",
    "plain-cavity-normal": "The inside of your womb has a normal shape.",
    "plain-cavity-other": "The inside of your womb does not look as usual. The doctor will explain "
    "what it may be and which test settles it.",
    "plain-cavity-not-seen": "The inside of your womb could not be seen.",
    "plain-patent": "{side} tube: contrast passed through it. It is open.",
    "plain-slow": "{side} tube: contrast passed through it slowly. It is open, perhaps not freely.",
    "plain-pocket": "{side} tube: contrast came out and stayed in one place. There may be "
    "adhesions; this test cannot tell for sure.",
    "plain-horn": "{side} tube: contrast did not enter it. This can be a cramp of the muscle that "
    "passes. It does not mean that your tube is closed.",
    "plain-stop": "{side} tube: contrast stopped on its way.",
    "plain-wide": "{side} tube: it is wider than usual and did not empty freely. Please talk with "
    "a specialist before trying for a pregnancy.",
    "plain-wide-open": "{side} tube: contrast passed through it. It is open, and wider than usual.",
    "plain-not-seen": "{side} tube: it could not be seen whether it is open.",
    "plain-not-diagnostic": "This examination could not answer the question. That is nobody's "
    "fault; it can be done again, or another test chosen.",
    "plain-sure": "How sure this is",
    "plain-sure-text": "This test is not perfect. Of 20 women with a closed tube it finds about "
    "13; of 20 women with open tubes it calls about 3 closed.",
    "plain-next": "What comes next",
    "plain-next-repeat": "Another look in a later cycle is advised.",
    "plain-next-specialist": "A talk with a specialist is advised first.",
    "plain-next-test": "Another test is advised to settle what was seen.",
    "plain-next-try": "From the day in your aftercare plan you may try for a pregnancy. If a test "
    "is positive, call us the same day: we want to see early that it is in the right place.",
    "plain-next-thyroid": "You had oil contrast: have your thyroid tested after about four weeks.",
    "plain-call": "When to call",
    "plain-call-text": "Fever of 38 °C or more, strong pain, heavy bleeding, foul discharge, "
    "fainting, or trouble breathing: call at once, at any hour. {duty}: {duty_phone}. Emergency: "
    "{emergency}.",
}
