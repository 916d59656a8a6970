"""What a pretend examination is of: the woman, her tubes, the machine and how it was used."""

from dataclasses import dataclass

# Furthest place contrast comes to, in cm from the cornu, by level of obstruction; our design.
LEVELS: dict[str, tuple[float, float]] = {
    "cornual": (0.0, 0.0),
    "interstitial": (0.3, 0.9),
    "isthmic": (1.3, 3.2),
    "ampullary": (4.5, 8.5),
}


@dataclass(frozen=True)
class TubePlan:
    """One tube as it is in this examination."""

    stopped_at: str | None = None
    """A level of ``LEVELS``, "fimbrial", "absent", or None where contrast passes."""
    bulb_mm: float = 0.0
    """Width of a hydrosalpinx at the closed end."""
    spasm_s: float = 0.0
    """How long after the cavity is full its mouth stays shut."""
    pipe_mm: float = 0.0
    """Bore of a stiff tube that is as thin as its isthmus to the end; 0 for a usual one."""
    has_pockets: bool = False
    """Salpingitis isthmica nodosa: small diverticula beside the isthmus."""
    is_walled: bool = False
    """What spills is held in a pocket of adhesions about the end."""


@dataclass(frozen=True)
class Case:
    """A woman and a machine, all that the seed does not decide."""

    name: str
    right: TubePlan = TubePlan()
    left: TubePlan = TubePlan()
    has_contrast: bool = True
    shape: str = "normal"
    defect: str = ""
    has_balloon: bool = False
    has_bubble: bool = False
    leaks: bool = False
    intravasation: int = 0
    """0 to 3: none, a net round the cavity, uterine veins, veins of the pelvis that wash out."""
    is_stenotic: bool = False
    """A narrow cervix, through which contrast comes slowly."""
    is_oil: bool = False
    """Iodised oil, with a film the day after."""
    iodine_mg_ml: float = 300.0
    patient_cm: float = 22.0
    """Of water that she is as thick as."""
    gas_over: str = ""
    """The side on which bowel gas lies over the tube."""
    jump_mm: float = 0.0
    """How far she moves at once in the middle of a run."""
    dose_ngy: float = 120.0
    rate_hz: float = 4.0
    is_uneven: bool = False
    """Frames at changing intervals, told by a Frame Time Vector."""
    stored_as: str = "LIN"
    is_inverted: bool = False
    modality: str = "RF"
    has_mask: bool = False
    """XA that names the frames to subtract."""
    movement: float = 1.0
    only_stills: bool = False
    has_marker: bool = True


BLOCKED = TubePlan("isthmic")
CASES: dict[str, Case] = {
    each.name: each
    for each in (
        Case("normal"),
        Case("one-tube-not-passed", left=BLOCKED),
        Case("neither", right=TubePlan("cornual"), left=BLOCKED),
        Case("no-contrast", has_contrast=False),
        Case("cornual", right=TubePlan("cornual")),
        Case("interstitial", right=TubePlan("interstitial")),
        Case("isthmic", right=BLOCKED),
        Case("ampullary", right=TubePlan("ampullary")),
        Case("fimbrial", right=TubePlan("fimbrial")),
        Case("hydrosalpinx", right=TubePlan("fimbrial", bulb_mm=20.0)),
        Case("spasm-released", right=TubePlan(spasm_s=40.0)),
        Case("septate", shape="septate"),
        Case("bicornuate", shape="bicornuate"),
        Case("unicornuate", shape="unicornuate", left=TubePlan("absent")),
        Case("didelphys", shape="didelphys"),
        Case("arcuate", shape="arcuate"),
        Case("t-shaped", shape="t-shaped"),
        Case("polyp", defect="polyp"),
        Case("myoma", defect="myoma"),
        Case("adhesion", defect="adhesion"),
        Case("balloon", has_balloon=True),
        Case("bubble", has_bubble=True),
        Case("stenosis", is_stenotic=True),
        Case(
            "nodosa", right=TubePlan("isthmic", has_pockets=True), left=TubePlan(has_pockets=True)
        ),
        Case("loculated", right=TubePlan(is_walled=True)),
        Case("leak", leaks=True),
        Case("intravasation", intravasation=1),
        Case("intravasation-2", intravasation=2),
        Case("intravasation-3", intravasation=3),
        Case("oil", is_oil=True, iodine_mg_ml=480.0, left=BLOCKED),
        Case("gas-over-tube", gas_over="right", left=BLOCKED),
        Case("jump", jump_mm=6.0, left=BLOCKED),
        Case("log", stored_as="LOG", modality="XA"),
        Case("display", stored_as="DISP"),
        Case("inverted", stored_as="DISP", is_inverted=True),
        Case("stills", only_stills=True, stored_as="DISP"),
        Case("mask", modality="XA", has_mask=True),
        Case("uneven", is_uneven=True),
        Case("low-dose", dose_ngy=30.0, left=BLOCKED),
        Case("no-marker", has_marker=False),
    )
}
