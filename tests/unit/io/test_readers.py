"""Arrays are read by the fastest way that can read them, and damage is always noticed."""

import shutil
import zlib

import h5py
import numpy as np
import pytest
import zarr

from perturbdash.errors import Cancelled, DataError
from perturbdash.io import deflated, readers, source, workers, zarr_chunks
from perturbdash.io.opening import open_source
from perturbdash.io.readers import ChunkReader, PieceReader, Reading, Shape, SliceReader, pieces
from perturbdash.io.runs import RunReader
from perturbdash.io.workers import Workers
from tests.unit.io.matrices import (
    LAYOUTS,
    N_CELLS,
    joined,
    made,
    matrix,
    replaced,
    stored_contiguous,
    stored_gzip,
    stored_lzf,
    stored_plain,
    stored_zarr,
)

CHUNKED = {"chunks": (13, 10), "compression": "gzip"}


def ways(path) -> set[type]:
    """The kinds of readers that a file's values and indices are read by."""
    with open_source(path).readers() as found:
        return {type(reader) for reader in (found.values, found.indices) if reader is not None}


@pytest.mark.parametrize(
    ("write", "way"),
    [
        (stored_plain, RunReader),
        (stored_contiguous, RunReader),
        (stored_gzip, ChunkReader),
        (stored_lzf, SliceReader),
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_compression_has_its_way(tmp_path, write, way, layout):
    write(tmp_path / "a.h5ad", made(layout))
    assert ways(tmp_path / "a.h5ad") == {way}


@pytest.mark.parametrize(
    "how", [{"shuffle": True}, {"fletcher32": True}, {"shuffle": True, "fletcher32": True}]
)
def test_other_filters_are_left_to_the_library(tmp_path, how):
    stored_plain(tmp_path / "a.h5ad", made("dense"))
    replaced(tmp_path / "a.h5ad", "X", matrix(), **CHUNKED, **how)
    assert ways(tmp_path / "a.h5ad") == {SliceReader}
    np.testing.assert_array_equal(joined(open_source(tmp_path / "a.h5ad"), 500), matrix())


def test_a_chunk_that_skipped_its_filter_is_left_to_the_library(tmp_path):
    stored_plain(tmp_path / "a.h5ad", made("dense"))
    replaced(tmp_path / "a.h5ad", "X", matrix(), **CHUNKED)
    with h5py.File(tmp_path / "a.h5ad", "a") as file:
        chunk = np.ascontiguousarray(matrix()[13:26, 10:20])
        file["X"].id.write_direct_chunk((13, 10), chunk.tobytes(), filter_mask=1)
    assert ways(tmp_path / "a.h5ad") == {SliceReader}
    np.testing.assert_array_equal(joined(open_source(tmp_path / "a.h5ad"), 500), matrix())


def test_a_chunk_never_written_is_left_to_the_library(tmp_path):
    stored_plain(tmp_path / "a.h5ad", made("dense"))
    with h5py.File(tmp_path / "a.h5ad", "a") as file:
        attributes = dict(file["X"].attrs)
        del file["X"]
        dataset = file.create_dataset("X", shape=matrix().shape, dtype="f4", **CHUNKED)
        dataset[:13] = matrix()[:13]
        dataset.attrs.update(attributes)
    found = joined(open_source(tmp_path / "a.h5ad"), 500)
    np.testing.assert_array_equal(found[:13], matrix()[:13])
    assert not found[13:].any()


@pytest.mark.parametrize("values", [1, 41, 700, 10_000])
def test_compressed_tiles_are_put_together(tmp_path, values):
    stored_plain(tmp_path / "a.h5ad", made("dense"))
    replaced(tmp_path / "a.h5ad", "X", matrix(), **CHUNKED)
    assert ways(tmp_path / "a.h5ad") == {ChunkReader}
    np.testing.assert_array_equal(joined(open_source(tmp_path / "a.h5ad"), values), matrix())


def test_zlib_decodes_where_there_is_nothing_faster(tmp_path, monkeypatch):
    stored_gzip(tmp_path / "a.h5ad", made("csr"))
    monkeypatch.setattr(deflated, "decompress", zlib.decompress)
    assert ways(tmp_path / "a.h5ad") == {ChunkReader}
    np.testing.assert_array_equal(joined(open_source(tmp_path / "a.h5ad"), 60), matrix())


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_files_of_zarr_chunks_are_decoded_directly(tmp_path, version, layout):
    stored_zarr(version)(tmp_path / "a.zarr", made(layout))
    assert ways(tmp_path / "a.zarr") == {ChunkReader}
    np.testing.assert_array_equal(joined(open_source(tmp_path / "a.zarr"), 300), matrix())


def rezipped(tmp_path, version=3, **how):
    """Write the dense matrix as zarr with chunks and codecs of another kind than anndata's."""
    stored_zarr(version)(tmp_path / "a.zarr", made("dense"))
    group = zarr.open_group(str(tmp_path / "a.zarr"), mode="a", use_consolidated=False)
    attributes = dict(group["X"].attrs)
    del group["X"]
    array = group.create_array("X", shape=matrix().shape, dtype="f4", **{"chunks": (13, 10), **how})
    array[...] = matrix()
    array.attrs.update(attributes)
    shutil.rmtree(tmp_path / ".zmetadata", ignore_errors=True)
    zarr.consolidate_metadata(str(tmp_path / "a.zarr"))
    return tmp_path / "a.zarr"


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
@pytest.mark.parametrize(
    ("version", "how", "way"),
    [
        (3, {}, ChunkReader),
        (2, {}, ChunkReader),
        (3, {"compressors": None}, ChunkReader),
        (2, {"compressors": None}, ChunkReader),
        (3, {"compressors": zarr.codecs.BloscCodec(cname="lz4")}, ChunkReader),
        (3, {"compressors": zarr.codecs.GzipCodec()}, SliceReader),
        (3, {"compressors": [zarr.codecs.ZstdCodec(), zarr.codecs.Crc32cCodec()]}, SliceReader),
        (3, {"filters": zarr.codecs.TransposeCodec(order=(1, 0))}, SliceReader),
        (3, {"shards": (26, 50)}, SliceReader),
    ],
)
def test_zarr_codecs_that_are_not_simple_are_left_to_the_library(tmp_path, version, how, way):
    path = rezipped(tmp_path, version, **how)
    assert ways(path) == {way}
    for values in (41, 900, 10_000):
        np.testing.assert_array_equal(joined(open_source(path), values), matrix())


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_a_dense_zarr_chunk_without_a_file_holds_the_fill_value(tmp_path):
    path = rezipped(tmp_path, fill_value=2.5)
    (path / "X/c/1/0").unlink()
    found = joined(open_source(path), 500)
    assert (found[13:26, :10] == 2.5).all()
    np.testing.assert_array_equal(found[26:], matrix()[26:])


def spoilt(content: bytes, how: str) -> bytes:
    return {"overwritten": b"\xff" * len(content), "cut": content[: len(content) // 2]}.get(
        how, content[:-9] + bytes([content[-9] ^ 255]) + content[-8:]
    )


@pytest.mark.parametrize("decoder", [deflated.decompress, zlib.decompress])
@pytest.mark.parametrize("how", ["overwritten", "one byte"])
@pytest.mark.parametrize("array", ["X/data", "X/indices"])
def test_a_damaged_gzip_chunk_is_one_sentence(tmp_path, monkeypatch, array, how, decoder):
    monkeypatch.setattr(deflated, "decompress", decoder)
    stored_gzip(tmp_path / "a.h5ad", made("csr"))
    with h5py.File(tmp_path / "a.h5ad") as file:
        place = file[array].id.get_chunk_info(0)
    with (tmp_path / "a.h5ad").open("r+b") as raw:
        raw.seek(place.byte_offset)
        content = raw.read(place.size)
        raw.seek(place.byte_offset)
        raw.write(spoilt(content, how))
    with pytest.raises(
        DataError, match=r"X of a\.h5ad cannot be read to its end .*is damaged.*; copy it again"
    ):
        list(open_source(tmp_path / "a.h5ad").chunks())


@pytest.mark.parametrize("size", [10, 10_000])
def test_a_gzip_chunk_of_another_length_is_damaged(tmp_path, size):
    stored = zlib.compress(np.zeros(size, dtype=np.uint8).tobytes())
    (tmp_path / "raw").write_bytes(stored)
    with (tmp_path / "raw").open("rb") as raw:
        load = deflated.DeflatedChunks({(0,): (0, len(stored))}, raw.fileno())
        with pytest.raises(OSError, match=f"holds {size:,} bytes instead of 400"):
            load((0,), np.empty(100, dtype=np.float32))


def test_a_gzip_chunk_longer_than_its_values_is_not_decoded(tmp_path):
    load = deflated.DeflatedChunks({(0,): (0, 10_000)}, -1)
    with pytest.raises(OSError, match="longer than what it holds"):
        load((0,), np.empty(100, dtype=np.float32))


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("array", ["data", "indices"])
@pytest.mark.parametrize("how", ["overwritten", "cut", "missing"])
def test_a_damaged_or_lost_zarr_chunk_is_one_sentence(tmp_path, version, array, how):
    stored_zarr(version)(tmp_path / "a.zarr", made("csr"))
    folder = tmp_path / "a.zarr/X" / array
    chunk = folder / ("c/0" if version == 3 else "0")
    if how == "missing":
        chunk.unlink()
    else:
        chunk.write_bytes(spoilt(chunk.read_bytes(), how))
    word = "missing" if how == "missing" else "damaged"
    with pytest.raises(DataError, match=rf"X of a\.zarr cannot be read to its end .*{array} is {word}"):
        list(open_source(tmp_path / "a.zarr").chunks())


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
@pytest.mark.parametrize("how", [{"compressors": None}, {"shards": (26, 50)}])
def test_a_damaged_chunk_of_any_codec_is_one_sentence(tmp_path, how):
    path = rezipped(tmp_path, **how)
    chunk = path / "X/c/0/0"
    chunk.write_bytes(spoilt(chunk.read_bytes(), "cut"))
    with pytest.raises(DataError, match="cannot be read to its end"):
        list(open_source(path).chunks())


def test_a_lost_index_past_the_ends_is_refused_whatever_the_reader(tmp_path):
    for write in (stored_gzip, stored_lzf):
        write(tmp_path / "a.h5ad", made("csr"))
        with h5py.File(tmp_path / "a.h5ad", "a") as file:
            file["X/indices"][5] = 41
        with pytest.raises(DataError, match="outside its 41 names"):
            list(open_source(tmp_path / "a.h5ad").chunks())
        with pytest.raises(DataError, match="outside its 41 names"):
            open_source(tmp_path / "a.h5ad").sample(N_CELLS, 0)


def test_a_chunk_takes_so_many_bytes_whatever_the_type_of_its_values(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "CHUNK_BYTES", 1_200)
    monkeypatch.setattr("perturbdash.io.stored.CHUNK_BYTES", 1_200)
    for layout, dtype, most in (
        ("dense", "float64", 150),
        ("dense", "uint8", 1_200),
        ("csr", "float32", 150),
    ):
        stored_plain(tmp_path / "a.h5ad", made(layout, dtype))
        chunks = list(open_source(tmp_path / "a.h5ad").chunks())
        sizes = [getattr(chunk, "values", getattr(chunk, "data", None)).size for chunk in chunks]
        assert most / 2 < max(sizes) <= most


class Slow(PieceReader):
    """Every piece waits, as on a network disk, until the reading is cancelled."""

    def fill(self, start, stop, target):
        self.pieces = getattr(self, "pieces", 0) + 1
        self.go_on.wait(20)


def test_a_reading_is_cancelled_within_a_chunk(monkeypatch):
    import threading

    monkeypatch.setattr(workers, "SECONDS_BETWEEN_CALLS", 0.01)
    go_on = threading.Event()

    def cancel():
        go_on.set()
        raise Cancelled("stopped")

    with Workers(cancel) as threads:
        reader = Slow(Shape((10**8,), (1,), np.dtype("f4")), Reading(threads))
        reader.go_on = go_on
        n_pieces = len(pieces(0, 10**7, reader.shape.rows_of_a_piece))
        with pytest.raises(Cancelled):
            reader.read(0, 10**7)
    assert reader.pieces < n_pieces


def test_pieces_are_some_chunks_and_never_less_than_one():
    assert Shape((10**9,), (16_565,), np.dtype("f4")).rows_of_a_piece == 16 * 16_565
    assert Shape((10**9,), (10**7,), np.dtype("f4")).rows_of_a_piece == 10**7
    assert Shape((10**9,), (1,), np.dtype("f4")).rows_of_a_piece == readers.PIECE_BYTES // 4
    assert Shape((10**6, 5_000), (1, 5_000), np.dtype("f4")).rows_of_a_piece == 104


def test_unknown_codecs_are_unknown():
    assert (
        zarr_chunks._codec({"zarr_format": 3, "codecs": [{"name": "transpose"}, {"name": "bytes"}]})
        == "unknown"
    )
    filtered = {"zarr_format": 2, "filters": [{"id": "delta"}], "order": "C", "compressor": {"id": "zstd"}}
    assert zarr_chunks._codec(filtered) == "unknown"
