// Re-reads a whole transparency log from its tiles and entry bundles, with the Merkle tree and the signed notes of
// golang.org/x/mod: code that others wrote, so that the register's own mistakes do not hide themselves.
//
//	verify DIR VKEY [OLDSIZE...]
//
// DIR holds checkpoint, tile/... Exit 0: the checkpoint is signed by VKEY, every entry's hash stands in its tile, every
// tile of every level and the root follow from the entries, inclusion proofs (first, last and a thousand in between) and
// consistency proofs from the old sizes hold. Exit 1: they do not, and the first difference is named. Exit 2: not run.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: verify DIR VKEY [OLDSIZE...]")
		os.Exit(2)
	}
	verifier, err := note.NewVerifier(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "verifier key:", err)
		os.Exit(2)
	}
	said, err := verify(os.Args[1], verifier, os.Args[3:])
	if err != nil {
		fmt.Println("MISMATCH:", err)
		os.Exit(1)
	}
	fmt.Println(said)
}

func verify(dir string, verifier note.Verifier, olds []string) (string, error) {
	tree, origin, err := checkpoint(dir, verifier)
	if err != nil {
		return "", err
	}
	stored, err := entries(dir, tree.N)
	if err != nil {
		return "", err
	}
	if tree.N > 0 {
		root, err := tlog.TreeHash(tree.N, stored)
		if err != nil {
			return "", err
		}
		if root != tree.Hash {
			return "", fmt.Errorf("the entries give root %v, the checkpoint of %d entries says %v", root, tree.N, tree.Hash)
		}
	}
	if err := tiles(dir, tree.N, stored); err != nil {
		return "", err
	}
	if err := proofs(dir, tree, stored, olds); err != nil {
		return "", err
	}
	return fmt.Sprintf("OK %s %d %s", origin, tree.N, base64.StdEncoding.EncodeToString(tree.Hash[:])), nil
}

func checkpoint(dir string, verifier note.Verifier) (tlog.Tree, string, error) {
	var tree tlog.Tree
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return tree, "", err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tree, "", fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, "", fmt.Errorf("checkpoint: %q is not a checkpoint of %s", opened.Text, verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tree, "", fmt.Errorf("checkpoint: size %q", lines[1])
	}
	hash, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tree, "", fmt.Errorf("checkpoint: root %q", lines[2])
	}
	return tlog.Tree{N: size, Hash: hash}, lines[0], nil
}

// path gives the place of a tile as c2sp.org/tlog-tiles has it; level "entries" for a bundle.
func path(dir, level string, n int64, w int) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if w < width {
		name += fmt.Sprintf(".p/%d", w)
	}
	return filepath.Join(dir, "tile", level, filepath.FromSlash(name))
}

// read gives a tile or bundle; a partial one that was removed when it became full is read from the full one.
func read(dir, level string, n int64, w int) ([]byte, error) {
	data, err := os.ReadFile(path(dir, level, n, w))
	if err != nil && w < width && errors.Is(err, fs.ErrNotExist) {
		return os.ReadFile(path(dir, level, n, width))
	}
	return data, err
}

func wide(size, n int64) int {
	return int(min(width, size-n*width))
}

// memory holds every stored hash of the tree.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at < 0 || at >= int64(len(m)) {
			return nil, fmt.Errorf("hash %d is not stored", at)
		}
		found[i] = m[at]
	}
	return found, nil
}

// entries hashes every entry, compares it with its tile of level 0, and gives all hashes of the tree.
func entries(dir string, size int64) (memory, error) {
	if size == 0 {
		return nil, nil
	}
	stored := make(memory, 0, tlog.StoredHashCount(size))
	for n := int64(0); n*width < size; n++ {
		w := wide(size, n)
		data, err := read(dir, "entries", n, w)
		if err != nil {
			return nil, err
		}
		tile, err := read(dir, "0", n, w)
		if err != nil {
			return nil, err
		}
		if len(tile) < w*tlog.HashSize {
			return nil, fmt.Errorf("tile %d of level 0 is cut short", n)
		}
		for i := 0; i < w; i++ {
			index := n*width + int64(i)
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("entry %d is cut short", index)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			hash := tlog.RecordHash(data[2:end])
			data = data[end:]
			if !bytes.Equal(hash[:], tile[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
				return nil, fmt.Errorf("entry %d does not have the hash in its tile", index)
			}
			more, err := tlog.StoredHashesForRecordHash(index, hash, stored)
			if err != nil {
				return nil, err
			}
			stored = append(stored, more...)
		}
	}
	return stored, nil
}

// tiles compares every tile of every level with the hashes that follow from the entries.
func tiles(dir string, size int64, stored memory) error {
	for level := 0; size>>(height*level) > 0; level++ {
		count := size >> (height * level)
		for n := int64(0); n*width < count; n++ {
			tile := tlog.Tile{H: height, L: level, N: n, W: wide(count, n)}
			want, err := tlog.ReadTileData(tile, stored)
			if err != nil {
				return err
			}
			data, err := read(dir, strconv.Itoa(level), n, tile.W)
			if err != nil {
				return err
			}
			if len(data) < len(want) || !bytes.Equal(data[:len(want)], want) {
				return fmt.Errorf("tile %d of level %d does not follow from the entries", n, level)
			}
		}
	}
	return nil
}

// files reads tiles for tlog, which checks them against the root before it uses them.
type files struct{ dir string }

func (f files) Height() int { return height }

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

func (f files) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(wanted))
	for i, tile := range wanted {
		data, err := read(f.dir, strconv.Itoa(tile.L), tile.N, tile.W)
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is cut short", tile.Path())
		}
		found[i] = data[:tile.W*tlog.HashSize]
	}
	return found, nil
}

func proofs(dir string, tree tlog.Tree, stored memory, olds []string) error {
	if tree.N == 0 {
		return nil
	}
	reader := tlog.TileHashReader(tree, files{dir})
	step := max(1, tree.N/1000)
	for index := int64(0); index < tree.N; index += step {
		if err := included(tree, reader, stored, index); err != nil {
			return err
		}
	}
	if err := included(tree, reader, stored, tree.N-1); err != nil {
		return err
	}
	for _, text := range olds {
		old, err := strconv.ParseInt(text, 10, 64)
		if err != nil || old < 1 || old > tree.N {
			return fmt.Errorf("there is no old size %q in a log of %d entries", text, tree.N)
		}
		root, err := tlog.TreeHash(old, stored)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, old, reader)
		if err != nil {
			return fmt.Errorf("consistency from %d: %w", old, err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, root); err != nil {
			return fmt.Errorf("consistency from %d: %w", old, err)
		}
	}
	return nil
}

func included(tree tlog.Tree, reader tlog.HashReader, stored memory, index int64) error {
	proof, err := tlog.ProveRecord(tree.N, index, reader)
	if err != nil {
		return fmt.Errorf("inclusion of %d: %w", index, err)
	}
	leaf := stored[tlog.StoredHashIndex(0, index)]
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
		return fmt.Errorf("inclusion of %d: %w", index, err)
	}
	return nil
}
