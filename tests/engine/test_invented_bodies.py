from __future__ import annotations

import numpy as np
import pytest

from engine import anatomy
from engine.invented_bodies import invented_livers, training_tissue_of_code, whole_bodies
from engine.phantom import PhantomRecipe, sample_labels
from engine.phantom import tissue as code
from engine.training import tissues
from engine.training.sources import BODY_SHARE, TrainingVolume, with_invented_bodies


@pytest.fixture(scope="module")
def body() -> TrainingVolume:
    (volume,) = whole_bodies(1)
    return volume


def test_an_invented_body_has_every_organ_where_the_phantom_has_it(body: TrainingVolume) -> None:
    taught = tissues.CLASS_OF_TISSUE[body.tissues]
    assert set(np.unique(taught).tolist()) == set(range(len(tissues.COARSE_CLASSES)))
    assert body.known_classes == tuple(range(len(tissues.COARSE_CLASSES)))
    assert not body.has_image
    geometry = PhantomRecipe(shape_kji=(96, 112, 128), spacing_ijk_mm=(3.0, 3.0, 3.0)).geometry()
    labels = sample_labels(101, geometry, tumours=0)
    assert np.array_equal(taught == tissues.COARSE_CLASSES.index("right_kidney"), labels.labels == anatomy.RIGHT_KIDNEY)
    assert np.array_equal(taught == tissues.LIVER, labels.mask_of(anatomy.LIVER_VALUES))


def test_an_invented_body_lies_as_training_volumes_do(body: TrainingVolume) -> None:
    """k grows superior, j posterior, i to the patient's left."""

    def middle(value: int) -> np.ndarray:
        return np.argwhere(body.tissues == value).mean(axis=0)

    assert middle(tissues.KIDNEYS[1])[2] < middle(tissues.KIDNEYS[0])[2]
    assert middle(tissues.LUNGS)[0] > middle(tissues.KIDNEYS[0])[0]
    assert middle(tissues.BONES)[1] > middle(tissues.LIVER)[1]


def test_every_code_of_the_phantom_has_a_training_tissue() -> None:
    table = training_tissue_of_code()
    inside = [*anatomy.BODY_VALUES, *range(code.SKIN, code.TABLE)]
    assert (table[inside] > 0).all()
    assert table[code.TABLE] == table[anatomy.BACKGROUND] == 0


def test_bodies_are_drawn_as_often_as_their_share_says(body: TrainingVolume) -> None:
    mixed = with_invented_bodies([body, body, body], [body, body])
    weights = [volume.weight for volume in mixed]
    assert sum(weights[3:]) / sum(weights) == pytest.approx(BODY_SHARE)
    assert with_invented_bodies([body], []) == [body]


def test_a_fine_body_shows_both_trees_apart_around_the_liver() -> None:
    (volume,) = invented_livers(1, held_out=True)
    share = np.bincount(volume.tissues.ravel(), minlength=len(tissues.TISSUES)) / volume.tissues.size
    assert share[tissues.LIVER] > 0.05
    assert min(share[tissues.PORTAL_BRANCH], share[tissues.HEPATIC_VEIN], share[tissues.PORTAL_VEIN]) > 3e-4
    assert volume.spacing_kji_mm == (1.5, 1.5, 1.5)
    taught = tissues.FINE_CLASS_OF_TISSUE[volume.tissues]
    assert set(np.unique(taught).tolist()) == {0, 1, 2, 3}
