"""Makes src/test/resources/pickle: .pth files as torch.save writes them, and files that a reader must refuse.

Run in this folder with torch (1.13 made those that are committed, 2.13 those of legacy() and unnamed()): python3 make_pickles.py
"""
import collections
import io
import json
import math
import os
import pickle
import struct
import zipfile

import torch

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "resources", "pickle")


def write_zip(name, members, **options):
    with zipfile.ZipFile(os.path.join(OUT, name), "w", zipfile.ZIP_STORED) as out:
        for member, data in members.items():
            info = zipfile.ZipInfo(member, (2026, 1, 1, 0, 0, 0))
            info.compress_type = options.get("compression", zipfile.ZIP_STORED)
            with out.open(info, "w", force_zip64=options.get("zip64", False)) as stream:
                stream.write(data)


def pickled(name, program, **options):
    """A .pth whose pickle is given as bytes."""
    write_zip(name, {"archive/data.pkl": program, "archive/data/0": bytes(16)}, **options)


def tensor(count=b"K\x04", key=b"X\x01\x00\x00\x000", offset=b"K\x00", size=b"K\x04\x85", stride=b"K\x01\x85", kind=b"FloatStorage"):
    """Opcodes of one tensor."""
    storage = b"(X\x07\x00\x00\x00storagectorch\n" + kind + b"\n" + key + b"X\x03\x00\x00\x00cpu" + count + b"tQ"
    return (b"ctorch._utils\n_rebuild_tensor_v2\n((" + storage[1:] + offset + size + stride
            + b"\x89ccollections\nOrderedDict\n)RtR")


def state(value):
    return b"\x80\x02}X\x01\x00\x00\x00a" + value + b"s."


class System:
    def __reduce__(self):
        return os.system, ("touch target/pickle-ran",)


def good():
    torch.manual_seed(1)
    weight = torch.randn(3, 5)
    everything = collections.OrderedDict(
        float32=weight,
        float64=weight.double(),
        float16=weight.half(),
        bfloat16=weight.bfloat16(),
        int64=torch.arange(7) - 3,
        int32=torch.arange(3, dtype=torch.int32),
        uint8=torch.arange(4, dtype=torch.uint8),
        scalar=torch.tensor(2.5),
        empty=torch.zeros(0, 3),
        row=weight[1],
        parameter=torch.nn.Parameter(weight[:2] * 2),
    )
    torch.save(everything, os.path.join(OUT, "types.pth"))
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.arange(p.numel(), dtype=torch.float32).reshape(p.shape) + i)
    for protocol in (2, 3, 4, 5):
        torch.save({"state_dict": module.state_dict(), "epoch": 3}, os.path.join(OUT, f"module-{protocol}.pth"),
                   pickle_protocol=protocol)
    ema = {"model_state_dict": {"a": torch.zeros(2)}, "ema_model_state_dict": {0.9: None, 0.99: None}}
    ema["ema_model_state_dict"] = {"0.9": {"a": torch.ones(2)}, "0.99": {"a": torch.full((2,), 2.0)}}
    torch.save(ema, os.path.join(OUT, "averages.pt"))
    with zipfile.ZipFile(os.path.join(OUT, "module-2.pth")) as source:
        write_zip("zip64.pth", {n: source.read(n) for n in source.namelist()}, zip64=True)


def encoders():
    """Laid out as Wan2.1 ships them: umT5 in BF16, CLIP in F16 with its text tower."""
    torch.manual_seed(2)
    dim, heads, ffn = 8, 2, 12
    t5 = {"token_embedding.weight": torch.randn(16, dim), "norm.weight": torch.randn(dim)}
    for n in ("norm1", "norm2"):
        t5[f"blocks.0.{n}.weight"] = torch.randn(dim)
    for n in "qkvo":
        t5[f"blocks.0.attn.{n}.weight"] = torch.randn(dim, dim)
    for n, shape in (("gate.0", (ffn, dim)), ("fc1", (ffn, dim)), ("fc2", (dim, ffn))):
        t5[f"blocks.0.ffn.{n}.weight"] = torch.randn(*shape)
    t5["blocks.0.pos_embedding.embedding.weight"] = torch.randn(8, heads)
    torch.save({k: v.bfloat16() for k, v in t5.items()}, os.path.join(OUT, "umt5.pth"))
    clip = {
        "log_scale": torch.tensor(4.6),
        "textual.token_embedding.weight": torch.randn(4, dim),
        "visual.cls_embedding": torch.randn(1, 1, dim),
        "visual.pos_embedding": torch.randn(1, 5, dim),
        "visual.patch_embedding.weight": torch.randn(dim, 3, 2, 2),
        "visual.head": torch.randn(dim, 4),
    }
    for n in ("pre_norm", "post_norm", "transformer.0.norm1", "transformer.0.norm2", "transformer.1.norm1"):
        clip[f"visual.{n}.weight"] = torch.randn(dim)
        clip[f"visual.{n}.bias"] = torch.randn(dim)
    for n, rows, columns in (("attn.to_qkv", 3 * dim, dim), ("attn.proj", dim, dim), ("mlp.0", 4 * dim, dim),
                             ("mlp.2", dim, 4 * dim)):
        clip[f"visual.transformer.0.{n}.weight"] = torch.randn(rows, columns)
        clip[f"visual.transformer.0.{n}.bias"] = torch.randn(rows)
    torch.save({k: v.half() for k, v in clip.items()}, os.path.join(OUT, "clip.pth"))


def layout(golden):
    """Names and shapes of upstream's model as the golden of this name has them."""
    path = os.path.join(OUT, "../golden", golden, "weights.safetensors")
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return {name: entry["shape"] for name, entry in header.items() if name != "__metadata__"}


def state_dict(golden, dtype):
    """All tensors are views of one storage, each from another offset on, which keeps the files small."""
    shapes = layout(golden)
    sizes = {name: math.prod(shape) for name, shape in shapes.items()}
    storage = torch.randn(max(sizes.values()) + len(shapes), generator=torch.Generator().manual_seed(3)).to(dtype)
    return {name: storage[i:i + sizes[name]].view(shapes[name]) for i, name in enumerate(shapes)}


def models():
    """Laid out as Wan2.1's transformer and autoencoder are saved, and DC-AE-V with its averages."""
    torch.save(state_dict("wan-i2v", torch.bfloat16), os.path.join(OUT, "wan-dit.pth"))
    torch.save(state_dict("wan-vae", torch.float32), os.path.join(OUT, "wan-vae.pth"))
    averages = {0.9999: state_dict("dcaev", torch.bfloat16)}
    torch.save({"ema_model_state_dict": averages, "model_state_dict": {}}, os.path.join(OUT, "dc-ae-v.pt"))


def legacy_save(value, name, **options):
    torch.save(value, os.path.join(OUT, name), _use_new_zipfile_serialization=False, **options)


def legacy():
    """The format before torch 1.6. Every tensor of other strides has a twin that PyTorch made contiguous."""
    weight = torch.randn(3, 5, generator=torch.Generator().manual_seed(4))
    video = torch.arange(2 * 3 * 4 * 5, dtype=torch.float32).reshape(1, 2, 3, 4, 5)
    views = {
        "transposed": weight.t(),
        "columns": weight[:, 1:4],
        "every_second": torch.arange(9, dtype=torch.int16)[1::2],
        "channels_last": video.contiguous(memory_format=torch.channels_last_3d),
        "permuted_bfloat16": weight.bfloat16().reshape(3, 1, 5).permute(2, 1, 0),
    }
    everything = collections.OrderedDict(
        float32=weight,
        float64=weight.double(),
        float16=weight.half(),
        bfloat16=weight.bfloat16(),
        int64=torch.arange(7) - 3,
        int32=torch.arange(3, dtype=torch.int32),
        int16=torch.arange(3, dtype=torch.int16) - 1,
        int8=torch.arange(3, dtype=torch.int8) - 1,
        uint8=torch.arange(4, dtype=torch.uint8),
        bool=torch.tensor([True, False]),
        scalar=torch.tensor(2.5),
        empty=torch.zeros(0, 3),
        row=weight[1],
        parameter=torch.nn.Parameter(weight[:2] * 2),
    )
    for name, view in views.items():
        everything[name] = view
        everything[name + ".twin"] = view.contiguous()
    legacy_save(everything, "legacy-types.pth")
    torch.save(everything, os.path.join(OUT, "strides.pth"))
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.arange(p.numel(), dtype=torch.float32).reshape(p.shape) + i)
    for protocol in (2, 4):
        legacy_save({"state_dict": module.state_dict(), "epoch": 3}, f"legacy-module-{protocol}.pth", pickle_protocol=protocol)
    with open(os.path.join(OUT, "legacy-python-2.pth"), "wb") as out:
        out.write(legacy_bytes(b"\x80\x02ccollections\nOrderedDict\n](](U\x01a" + legacy_tensor() + b"e](U\x01b"
                               + legacy_tensor(name=b"_rebuild_tensor", tail=b"") + b"ee\x85R."))


def unnamed():
    """What is no dict: one tensor, a list, a tuple, and the same in the old format."""
    values = [torch.arange(6, dtype=torch.float32).reshape(2, 3), torch.ones(2, dtype=torch.bfloat16)]
    for name, value in {"tensor": values[0], "list": values, "tuple": tuple(values)}.items():
        torch.save(value, os.path.join(OUT, f"{name}.pth"))
        legacy_save(value, f"legacy-{name}.pth")


def legacy_tensor(key=b"7", count=b"K\x04", view=b"N", name=b"_rebuild_tensor_v2", tail=b"\x89N"):
    """Opcodes of a tensor of four floats as Python 2 wrote them: byte strings, and a sixth item of the storage."""
    return (b"ctorch._utils\n" + name + b"\n((U\x07storagectorch\nFloatStorage\nU\x01" + key + b"U\x03cpu" + count + view
            + b"tQK\x00(K\x04t(K\x01t" + tail + b"tR")


def legacy_bytes(value, version=b"M\xe9\x03", little=b"\x88", keys=b"](U\x017e", counts=(4,), more=b""):
    machine = (b"\x80\x02}(U\x10protocol_versionM\xe9\x03U\rlittle_endian" + little
               + b"U\ntype_sizes}(U\x05shortK\x02U\x03intK\x04U\x04longK\x04uu.")
    data = b"".join(struct.pack("<q4f", count, 1, 2, 3, 4) for count in counts)
    return (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + b"\x80\x02" + version + b"." + machine + value
            + b"\x80\x02" + keys + b"." + data + more)


def bad_strides():
    pickled("bad-strides.pth", state(tensor(size=b"K\x02K\x03\x86", stride=b"K\x00K\x01\x86")))
    pickled("bad-stride-negative.pth", state(tensor(size=b"K\x02K\x02\x86", stride=b"J\xff\xff\xff\xffK\x02\x86")))
    pickled("bad-stride-beyond.pth", state(tensor(size=b"K\x02K\x02\x86", stride=b"K\x01K\x03\x86")))
    pickled("bad-list.pth", b"\x80\x02](" + tensor() + b"K\x01e.")


def bad_legacy():
    one = state(legacy_tensor())
    files = {
        "big-endian": legacy_bytes(one, little=b"\x89"),
        "version": legacy_bytes(one, version=b"M\xe8\x03"),
        "truncated": legacy_bytes(one)[:-3],
        "no-pickles": legacy_bytes(one)[:15],
        "other-pickle": b"\x80\x02}.",
        "key": legacy_bytes(one, keys=b"](U\x018e"),
        "keys": legacy_bytes(one, keys=b"}"),
        "key-absent": legacy_bytes(one, keys=b"]", counts=()),
        "key-twice": legacy_bytes(one, keys=b"](U\x017U\x017e", counts=(4, 4)),
        "count": legacy_bytes(one, counts=(5,)),
        "count-huge": legacy_bytes(state(legacy_tensor(count=b"\x8a\x08" + b"\xff" * 7 + b"\x7f")), counts=(2**63 - 1,)),
        "more": legacy_bytes(one, more=b"x"),
        "view": legacy_bytes(state(legacy_tensor(view=b"U\x017K\x00K\x04\x87"))),
        "pairs": legacy_bytes(b"\x80\x02ccollections\nOrderedDict\n](U\x01ae\x85R."),
        "two-types": legacy_bytes(b"\x80\x02}(U\x01a" + legacy_tensor() + b"U\x01b" + legacy_tensor(count=b"K\x05") + b"u."),
        "system": legacy_bytes(pickle.dumps({"a": System()}, 2)),
    }
    for name, content in files.items():
        with open(os.path.join(OUT, f"bad-legacy-{name}.pth"), "wb") as out:
            out.write(content)


def bad():
    torch.save({"a": System()}, os.path.join(OUT, "bad-system.pth"))
    pickled("bad-system-4.pth", pickle.dumps({"a": System()}, 4))
    pickled("bad-eval.pth", b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.")
    pickled("bad-instance.pth", b"\x80\x02(ios\nsystem\n.")
    pickled("bad-newobj.pth", state(b"ccollections\nOrderedDict\n)\x81"))
    pickled("bad-call-storage.pth", state(b"ctorch\nFloatStorage\n)R"))
    pickled("bad-memo-absent.pth", state(b"j\xff\xff\xff\xff"))
    pickled("bad-string.pth", b"\x80\x02X\xff\xff\xff\xffa.")
    pickled("bad-string-8.pth", b"\x80\x04\x8d" + b"\xff" * 8 + b"a.")
    pickled("bad-protocol.pth", b"\x80\x07}.")
    pickled("bad-no-end.pth", b"\x80\x02}")
    pickled("bad-not-a-dict.pth", b"\x80\x02].")
    pickled("bad-not-a-tensor.pth", state(b"K\x01"))
    pickled("bad-twice.pth", b"\x80\x02}(X\x01\x00\x00\x00a" + tensor() + b"X\x01\x00\x00\x00a" + tensor() + b"u.")
    pickled("bad-strides.pth", state(tensor(size=b"K\x02K\x02\x86", stride=b"K\x01K\x02\x86")))
    pickled("bad-size.pth", state(tensor(size=b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", stride=b"J\xff\xff\xff\x7fK\x01\x86")))
    pickled("bad-size-overflow.pth", state(tensor(size=b"\x8a\x08" + b"\xff" * 7 + b"\x7fK\x02\x86", stride=b"K\x02K\x01\x86")))
    pickled("bad-offset.pth", state(tensor(offset=b"K\x01")))
    pickled("bad-offset-negative.pth", state(tensor(offset=b"J\xff\xff\xff\xff")))
    pickled("bad-storage-size.pth", state(tensor(count=b"J\x00\x00\x00\x40")))
    pickled("bad-storage-key.pth", state(tensor(key=b"X\x09\x00\x00\x00../../etc")))
    pickled("bad-deflated.pth", state(tensor()), compression=zipfile.ZIP_DEFLATED)
    write_zip("bad-traversal.pth", {"archive/data.pkl": state(tensor()), "archive/data/0": bytes(16), "../evil": b"x"})
    write_zip("bad-absolute.pth", {"archive/data.pkl": state(tensor()), "archive/data/0": bytes(16), "/evil": b"x"})
    write_zip("bad-big-endian.pth", {"archive/data.pkl": state(tensor()), "archive/data/0": bytes(16), "archive/byteorder": b"big"})
    write_zip("bad-two-pickles.pth", {"a/data.pkl": state(tensor()), "b/data.pkl": state(tensor())})
    broken_zips()
    bad_strides()
    bad_legacy()


def broken_zips():
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as out:
        for member, data in {"archive/data.pkl": state(tensor()), "archive/data/0": bytes(16)}.items():
            out.writestr(zipfile.ZipInfo(member, (2026, 1, 1, 0, 0, 0)), data)
    data = whole.getvalue()
    directory = data.index(b"PK\x01\x02")
    cases = {
        "truncated": data[: len(data) // 2],
        "directory-gone": data[:directory] + data[-22:],
        "sizes": data[: directory + 20] + b"\xfe\xff\xff\xff" * 2 + data[directory + 28:],
        "sizes-64": data[: directory + 20] + b"\xff\xff\xff\xff" * 2 + data[directory + 28:],
        "end-64": data[:-22] + data[-22:-6].replace(data[-10:-6], b"\xff\xff\xff\xff") + data[-6:],
    }
    for name, content in cases.items():
        with open(os.path.join(OUT, f"bad-zip-{name}.pth"), "wb") as out:
            out.write(content)


os.makedirs(OUT, exist_ok=True)
good()
encoders()
models()
legacy()
unnamed()
bad()
