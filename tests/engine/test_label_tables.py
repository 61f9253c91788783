"""Built-in label tables say what their makers say."""

from engine.label_tables import LABEL_TABLES, structures_of


def test_built_in_tables_name_what_their_makers_say():
    total = LABEL_TABLES["totalsegmentator"]
    assert (len(total), total[5], total[63], total[64], total[117]) == (
        117,
        "liver",
        "inferior_vena_cava",
        "portal_vein_and_splenic_vein",
        "costal_cartilages",
    )
    assert len(LABEL_TABLES["totalsegmentator-v1"]) == 104
    bones = [value for value, name in structures_of(total).items() if name == "bones"]
    assert len(bones) == 25 + 10 + 1 + 24 + 1 + 1
    assert structures_of(LABEL_TABLES["couinaud"]) == dict.fromkeys(range(1, 9), "liver")
