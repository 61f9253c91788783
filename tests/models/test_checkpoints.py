"""Checkpoints from elsewhere: converted without running what is in them."""

import collections
import os
import pickle
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from models.card import ModelError
from models.checkpoints import cached_weights, convert_checkpoint, weights_facts


class Evil:
    """What unpickles to a command."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CANTLIE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weights"


@pytest.fixture
def unpickling_here_fails(monkeypatch):
    def never(*_, **__):
        raise AssertionError("this process must not unpickle")

    for module, name in ((torch, "load"), (pickle, "load"), (pickle, "loads"), (pickle, "Unpickler")):
        monkeypatch.setattr(module, name, never)


def evil_files(folder, proof):
    command = f"touch {proof}"
    torch.save({"state_dict": {"w": torch.ones(2)}, "extra": Evil(command)}, folder / "beside.pth")
    with (folder / "plain.pt").open("wb") as stream:
        pickle.dump(Evil(command), stream)
    torch.save({"w": torch.ones(2)}, folder / "good.pth")
    with zipfile.ZipFile(folder / "good.pth") as good, zipfile.ZipFile(folder / "swapped.ckpt", "w") as bad:
        for item in good.infolist():
            data = good.read(item)
            bad.writestr(item, pickle.dumps(Evil(command), protocol=2) if item.filename.endswith("data.pkl") else data)
    return ("beside.pth", "plain.pt", "swapped.ckpt")


def test_a_malicious_pickle_is_refused_and_runs_nowhere(tmp_path, unpickling_here_fails):
    proof = tmp_path / "proof"
    names = evil_files(tmp_path, proof)
    for name in names:
        with pytest.raises(ModelError, match="nothing of it was run"):
            convert_checkpoint(tmp_path / name, tmp_path / "out.safetensors")
        assert not proof.exists(), name
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".", "out"))) == []


def test_the_malicious_pickle_of_the_test_would_run_code_if_it_were_unpickled(tmp_path):
    proof = tmp_path / "proof"
    evil_files(tmp_path, proof)
    with (tmp_path / "plain.pt").open("rb") as stream:
        pickle.load(stream)
    assert proof.exists()


def test_even_a_converter_that_unpickles_everything_reaches_nothing(tmp_path, monkeypatch):
    """The doors of the process hold by themselves, should torch's restricted unpickler ever err."""
    import subprocess
    import sys

    proof = tmp_path / "proof"
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(Evil(f"touch {proof}")))
    code = (
        "import pickle, sys, socket, pathlib\n"
        "from models.checkpoint_process import _close_doors\n"
        f"_close_doors(pathlib.Path({str(tmp_path / 'target')!r}))\n"
        "refused = 0\n"
        "for attempt in (lambda: pickle.load(open(sys.argv[1], 'rb')), lambda: open(sys.argv[2], 'w'),\n"
        "                lambda: socket.socket().connect(('127.0.0.1', 9)), lambda: __import__('os').fork()):\n"
        "    try: attempt()\n"
        "    except PermissionError: refused += 1\n"
        "print(refused)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.pkl"), str(proof)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "4"
    assert not proof.exists()


def test_an_nnunet_checkpoint_keeps_its_weights_and_facts(tmp_path, cache, unpickling_here_fails):
    shared = torch.arange(6.0).reshape(2, 3)
    torch.save(
        {
            "network_weights": collections.OrderedDict({"module.a": shared, "module.b": shared}),
            "logging": {"ema_fg_dice": [np.float64(0.5), np.float32(0.25)], "epoch": np.int64(3)},
            "_best_ema": np.float64(0.9),
            "init_args": {"configuration": "3d_fullres", "fold": 0, "device": torch.device("cpu")},
            "trainer_name": "nnUNetTrainer",
            "inference_allowed_mirroring_axes": (0, 1, 2),
            "optimizer_state": {"state": {}, "param_groups": [{"lr": 0.01}]},
        },
        tmp_path / "checkpoint_final.pth",
    )
    kept = cached_weights(tmp_path / "checkpoint_final.pth")
    assert kept.parent == cache
    tensors = load_file(kept)
    assert sorted(tensors) == ["a", "b"]
    assert torch.equal(tensors["b"], shared)
    facts = weights_facts(kept)
    assert (facts["configuration"], facts["trainer_name"], facts["mirror_axes"]) == (
        "3d_fullres",
        "nnUNetTrainer",
        "[0, 1, 2]",
    )
    assert facts["source_sha256"] == kept.stem
    before = kept.stat().st_mtime_ns
    assert cached_weights(tmp_path / "checkpoint_final.pth").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "damaged|holds"), (b"PK\3\4rubbish", "damaged|holds"), ({"epoch": 3}, "no network weights")],
)
def test_what_is_no_checkpoint_is_said_in_plain_words(tmp_path, content, said):
    path = tmp_path / "a.pth"
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(ModelError, match=said):
        convert_checkpoint(path, tmp_path / "a.safetensors")


def test_a_slow_checkpoint_is_stopped_and_a_missing_one_named(tmp_path):
    torch.save({"w": torch.ones(2)}, tmp_path / "a.pth")
    with pytest.raises(ModelError, match="took longer"):
        convert_checkpoint(tmp_path / "a.pth", tmp_path / "a.safetensors", timeout_s=0.01)
    with pytest.raises(ModelError, match="missing"):
        convert_checkpoint(tmp_path / "b.pth", tmp_path / "a.safetensors")
