"""`measure`, `compare`, `serial`, `donor` and `selfcheck` on a liver whose numbers are known by formula."""

import json

import numpy as np
import pytest

from engine import anatomy
from engine.case_manifest import Provenance, ScanSource, SegmentationSource
from engine.case_writer import CaseWriter
from engine.phantom import known_liver as known
from engine.phantom.grid import rotation_matrix
from engine.volume import ScanVolume
from streaming.cli import build_parser, main

NOTICE = "Research use, not a medical device"
LIVER = known.known_liver(np.array([2.5, 2.5, 3.0]), rotation_matrix((5, -10, 20)), seed=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """case/ and two plans: the known cut, and one 10 mm towards the remnant."""
    folder = tmp_path_factory.mktemp("clinical")
    with CaseWriter(folder / "case") as writer:
        shape = LIVER.labels.geometry.shape_kji
        writer.add_volumes(
            ScanVolume(voxels_hu=np.zeros(shape, np.int16), geometry=LIVER.labels.geometry), LIVER.labels
        )
        for structure in anatomy.structures_present(set(np.unique(LIVER.labels.labels).tolist())):
            writer.add_structure(structure, [])
        writer.add_anatomy(LIVER.trees, LIVER.liver_map)
        writer.finish(
            provenance=Provenance(
                scan=ScanSource(source_kind="phantom", voxels_sha256="1" * 64),
                segmentation=SegmentationSource(method="phantom"),
            ),
            created_at="2026-01-02T03:04:05Z",
        )
    point, normal = np.array(LIVER.cut_point_lps_mm), np.array(LIVER.cut_normal_lps)
    write_plan(folder / "known.json", point, normal)
    write_plan(folder / "deeper.json", point - 10 * normal, normal)
    return folder


def write_plan(path, point, normal):
    plane = {"kind": "plane", "point_lps_mm": point.tolist(), "normal_lps": normal.tolist()}
    path.write_text(json.dumps({"resections": [plane]}))


def asked(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def document(capsys, *arguments):
    code, out, err = asked(capsys, *arguments, "--json")
    assert code == 0, err
    read = json.loads(out)
    assert read["notice"] == NOTICE
    return read


def values(read):
    return {one["key"]: one["value"] for one in read["quantities"]}


BODY = ("--height-cm", 170, "--weight-kg", 70)


def test_measure_gives_every_number_beside_the_body(folder, capsys):
    read = document(capsys, "measure", folder / "case", folder / "known.json", *BODY, "--liver", "cirrhosis")
    found = values(read)
    remnant = known.liver_ml() - known.resected_ml()
    assert found["flr_percent"] == pytest.approx(100 * remnant / known.liver_ml(), abs=0.3)
    assert found["functional_flr_percent"] == pytest.approx(known.functional_flr_percent(), abs=0.3)
    assert found["sflr_vauthey_percent"] == pytest.approx(100 * remnant / 1510, abs=0.3)
    assert found["sflr_urata_percent"] == pytest.approx(100 * remnant / 1286, abs=0.3)
    assert found["rlv_bw_percent"] == pytest.approx(remnant / 700, abs=0.01)
    assert known.MARGIN_MM <= found["tumour_01_margin_mm"] < known.MARGIN_MM + 3.0
    by_key = {one["key"]: one for one in read["quantities"]}
    for key in ("liver_remnant_ml", "flr_percent", "functional_flr_percent", "sflr_vauthey_percent", "rlv_bw_percent"):
        low, high = by_key[key]["interval"]
        assert low <= by_key[key]["value"] <= high, key
    sflr = by_key["sflr_vauthey_percent"]
    assert sflr["threshold"]["value"] == 40.0 and sflr["threshold"]["side"] == "below"
    assert "PMC6422720" in sflr["threshold"]["source"]


def test_measure_lists_tumours_and_criteria_with_sources(folder, capsys):
    read = document(capsys, "measure", folder / "case", "--plan", folder / "known.json")
    burden = read["tumour_burden"]
    assert burden["count"] == 1
    assert burden["longest_axial_mm"] == pytest.approx(2 * known.TUMOUR_RADIUS_MM, abs=2.5)
    assert burden["total_volume_ml"] == pytest.approx(known.ball_ml(known.TUMOUR_RADIUS_MM), rel=0.1)
    assert {one["name"]: one["within"] for one in burden["criteria"]} == {"Milan": True, "UCSF": True, "Up-to-7": True}
    assert all(one["source"] for one in burden["criteria"])


def test_the_table_for_people_names_formulas_thresholds_and_research_use(folder, capsys):
    code, out, _ = asked(
        capsys, "measure", folder / "case", folder / "known.json", *BODY, "--threshold", "sflr=35:our board"
    )
    assert code == 0
    for words in ("(Vauthey)", "(Urata)", "the threshold of 35 %: our board", "inputs met", "Functional FLR", "RLV/BW"):
        assert words in out, words
    assert "safe" not in out.lower()
    assert out.rstrip().endswith(NOTICE)


def test_body_data_are_kept_beside_the_plan_and_found_again(folder, capsys, tmp_path):
    plan = tmp_path / "mine.json"
    plan.write_text((folder / "known.json").read_text())
    first = document(capsys, "measure", folder / "case", plan, *BODY, "--keep-body")
    assert (tmp_path / "mine.body.json").is_file()
    again = document(capsys, "measure", folder / "case", plan)
    assert values(again)["sflr_vauthey_percent"] == values(first)["sflr_vauthey_percent"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--height-cm", "1.7", "--weight-kg", "70"),
        ("--height-cm", "170"),
        ("--threshold", "sflr"),
        ("--keep-body",),
        ("--body", "nowhere.json"),
        ("--threshold", "sflr=30", "--threshold", "sflr=40"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_cure(folder, capsys, wrong):
    code, out, err = asked(capsys, "measure", folder / "case", folder / "known.json", *wrong, "--json")
    assert code == 2
    assert json.loads(out)["error"]["cure"]
    assert "Traceback" not in err


def test_measure_wants_exactly_one_plan(folder, capsys):
    assert asked(capsys, "measure", folder / "case")[0] == 2
    plan = folder / "known.json"
    assert asked(capsys, "measure", folder / "case", plan, "--plan", plan)[0] == 2


def test_compare_puts_plans_side_by_side_with_differences(folder, capsys):
    read = document(capsys, "compare", folder / "case", folder / "known.json", folder / "deeper.json", *BODY)
    assert read["names"] == ["known", "deeper"]
    rows = {row["key"]: row for row in read["rows"]}
    liver = rows["liver_remnant_ml"]
    assert liver["differences_from_first"][1] == pytest.approx(liver["values"][1] - liver["values"][0])
    assert liver["differences_from_first"][1] < -50
    assert rows["tumour_01_margin_mm"]["differences_from_first"][1] == pytest.approx(10.0, abs=1e-6)
    assert "sflr_vauthey_percent" in rows


def test_compare_takes_any_number_of_plans_and_more_than_one(folder, capsys):
    plans = [folder / "known.json"] * 3 + [folder / "deeper.json"]
    code, out, _ = asked(capsys, "compare", folder / "case", *plans)
    assert code == 0
    assert "known (3)" in out and "deeper" in out and out.rstrip().endswith(NOTICE)
    assert asked(capsys, "compare", folder / "case", plans[0])[0] == 2


def test_donor_gives_graft_recipient_and_donor(folder, capsys):
    read = document(
        capsys, "donor", folder / "case", folder / "known.json", "--recipient-weight-kg", 50, "--weight-kg", 70
    )
    found = values(read)
    assert found["grwr_percent"] == pytest.approx(known.resected_ml() / 500, abs=0.01)
    assert found["donor_rlv_bw_percent"] == pytest.approx((known.liver_ml() - known.resected_ml()) / 700, abs=0.01)
    grwr = next(one for one in read["quantities"] if one["key"] == "grwr_percent")
    assert grwr["threshold"]["value"] == 0.8
    code, out, _ = asked(
        capsys, "donor", folder / "case", folder / "known.json", "--recipient-weight-kg", 50, "--reconstruct", "left"
    )
    assert code == 0 and "Reconstructed: hepatic branch 5 left" in out
    assert "with reconstruction" in out and "without reconstruction" in out


def test_donor_refuses_a_vein_that_is_not_cut(folder, capsys):
    arguments = ("donor", folder / "case", folder / "known.json", "--recipient-weight-kg", 50)
    code, _, err = asked(capsys, *arguments, "--reconstruct", "middle")
    assert code == 2 and "Cut hepatic branches" in err


def test_serial_with_a_plan_in_both_scans_needs_no_registration(folder, capsys):
    read = document(
        capsys, "serial", folder / "case", folder / "case", "--plan", folder / "deeper.json",
        "--plan-after", folder / "known.json", "--date-before", "2026-01-01", "--date-after", "2026-01-29", *BODY,
    )  # fmt: skip
    found = values(read)
    assert read["weeks"] == 4.0 and read["registration"] is None
    hypertrophy = found["sflr_after_vauthey_percent"] - found["sflr_before_vauthey_percent"]
    assert found["hypertrophy_vauthey_percent"] == pytest.approx(hypertrophy)
    assert found["kgr_vauthey_percent_per_week"] == pytest.approx(hypertrophy / 4)


def test_serial_of_a_scan_with_itself_finds_no_growth_and_states_its_registration(folder, capsys):
    arguments = ("serial", folder / "case", folder / "case", "--plan", folder / "known.json", "--weeks", 2, *BODY)
    code, out, err = asked(capsys, *arguments)
    assert code == 0, err
    assert "Dice of the livers 1.000" in out and "KGR over 2.0 weeks (Vauthey)" in out
    assert "Registering both scans" in err
    growth = next(line for line in out.splitlines() if line.strip().startswith("Growth in"))
    assert abs(float(growth.split("weeks")[1].split("mL")[0])) < 1.0
    assert out.rstrip().endswith(NOTICE)


@pytest.mark.parametrize(
    "time", [(), ("--weeks", "0"), ("--weeks", "2", "--date-before", "2026-01-01"), ("--date-before", "2026-01-01")]
)
def test_serial_refuses_a_time_that_is_not_clear(folder, capsys, time):
    code, _, err = asked(capsys, "serial", folder / "case", folder / "case", "--plan", folder / "known.json", *time)
    assert code == 2 and "--weeks" in err


def test_selfcheck_is_kept_in_the_case_and_quoted_by_measure(folder, capsys):
    assert document(capsys, "measure", folder / "case", folder / "known.json")["self_check"] is None
    read = document(capsys, "selfcheck", folder / "case")
    assert {one["name"] for one in read["errors"]} >= {"plane_margin_mm", "functional_flr_points"}
    quoted = document(capsys, "measure", folder / "case", folder / "known.json")["self_check"]
    assert quoted["errors"] == read["errors"]
    assert "Self-check on this case's voxels" in asked(capsys, "measure", folder / "case", folder / "known.json")[1]


@pytest.mark.parametrize("command", ["measure", "compare", "serial", "donor", "selfcheck"])
def test_help_shows_an_example_and_says_research_use(command, capsys):
    with pytest.raises(SystemExit):
        build_parser().parse_args([command, "--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert f"example: cantlie {command}" in out
    assert NOTICE in out
