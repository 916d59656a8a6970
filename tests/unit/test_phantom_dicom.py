"""Pretend examinations as DICOM: a foreign validator finds no error, and our reader takes them."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from patency.gateways.dicomframes import load
from patency.synthetic.phantom.dicom import write_run
from patency.synthetic.phantom.examination import examination, made

VALIDATOR = Path(sys.executable).parent / "dciodvfy"


def objects_of(name, folder, *, runs=1, seed=1):
    one = examination(name, seed, side=128)
    return [path for run, _ in islice(made(one), runs) for path in write_run(folder, one, run)]


def errors_in(path):
    said = subprocess.run([VALIDATOR, path], capture_output=True, text=True, check=False)
    return [line for line in (said.stdout + said.stderr).splitlines() if "Error" in line]


@pytest.mark.parametrize(
    "case",
    ["normal", "log", "display", "stills", "no-contrast", "inverted", "mask", "uneven", "oil"],
)
def test_a_foreign_validator_finds_no_error_in_what_we_write(case, tmp_path):
    paths = objects_of(case, tmp_path)

    assert errors_in(paths[0]) == errors_in(paths[-1]) == []


def test_values_the_other_way_round_are_kept_as_pictures_of_their_own(tmp_path):
    paths = objects_of("inverted", tmp_path, runs=2)

    series = load(tmp_path).series
    assert {str(dcmread(path).PhotometricInterpretation) for path in paths} == {"MONOCHROME1"}
    assert sum(len(run.frames) for run in series.runs) == len(paths)
    assert all(run.is_inverted for run in series.runs)


def test_a_run_of_an_angiography_names_the_frames_to_subtract(tmp_path):
    made_of = dcmread(objects_of("mask", tmp_path)[0])

    mask = made_of.MaskSubtractionSequence[0]
    assert (made_of.Modality, made_of.RecommendedViewingMode) == ("XA", "SUB")
    assert (mask.MaskOperation, list(mask.MaskFrameNumbers)) == ("AVG_SUB", [1, 2])
    assert list(mask.ApplicableFrameRange) == [3, made_of.NumberOfFrames]


def test_frames_at_changing_intervals_are_told_by_a_vector(tmp_path):
    one = examination("uneven", 1, side=128)
    run, truth = next(made(one))
    path = write_run(tmp_path, one, run)[0]

    written = dcmread(path)
    assert "FrameTime" not in written
    assert len(set(np.round(np.diff(run.offsets_s), 6))) == 2
    told = load(path).series.runs[0].seconds
    assert told - told[0] == pytest.approx(run.offsets_s, abs=1e-4)
    assert [frame["t_s"] for frame in truth["frames"]] == pytest.approx(run.offsets_s, abs=1e-3)


def test_no_two_cases_and_no_two_seeds_share_an_identifier(tmp_path):
    told = []
    for name, seed in (("normal", 1), ("mask", 1), ("normal", 2), ("inverted", 1)):
        one = dcmread(objects_of(name, tmp_path, seed=seed)[0])
        told += [one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID, one.PatientID]
        told += [one.AccessionNumber, one.IrradiationEventUID]

    assert len(set(told)) == len(told)


def test_our_reader_finds_the_frames_the_times_and_the_sides(tmp_path):
    one = examination("normal", 1, side=128)

    runs = [run for run, _ in made(one)]
    for run in runs:
        write_run(tmp_path, one, run)

    series = load(tmp_path).series
    assert [len(run.frames) for run in series.runs] == [len(run.frames) for run in runs]
    assert series.right_is == "left"
    begins = [float(run.seconds[0]) for run in series.runs]
    assert begins == pytest.approx([run.plan.begins_s for run in runs], abs=0.001)
    assert series.runs[0].spacing_mm == pytest.approx(one.runs[0].view.iso_mm, rel=1e-4)
    assert (series.runs[0].frames[:] == runs[0].frames).all()


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    written = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        one = examination("normal", 2, side=128)
        written.append(write_run(tmp_path / folder, one, next(made(one))[0])[0].read_bytes())

    assert written[0] == written[1]
