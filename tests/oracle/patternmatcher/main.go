// Asks moby's patternmatcher and fsutil's walk about ignore files.
//
// It reads lines {"text": …, "paths": […]}: an ignore file, and the paths of a context, each folder with a
// slash at its end and before what is in it. To each it adds the answers:
//
//	error  what reading the file fails with, if it does
//	alone  for each path "1" where MatchesOrParentMatches excludes it, "0" where not, "E" for an error
//	walk   the same for MatchesUsingParentResults with the results of the folder above
//	met    for each path "1" where the walk of fsutil comes by; empty where it fails
//	sent   for each path "1" where the walk of fsutil sends it; empty where it fails
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

type question struct {
	Text  string   `json:"text"`
	Paths []string `json:"paths"`
	Error string   `json:"error,omitempty"`
	Alone string   `json:"alone,omitempty"`
	Walk  string   `json:"walk,omitempty"`
	Met   string   `json:"met,omitempty"`
	Sent  string   `json:"sent,omitempty"`
}

func main() {
	reader := bufio.NewReaderSize(os.Stdin, 1<<20)
	writer := bufio.NewWriter(os.Stdout)
	defer writer.Flush()
	encoder := json.NewEncoder(writer)
	encoder.SetEscapeHTML(false)
	for {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		check(err)
		var asked question
		check(json.Unmarshal(line, &asked))
		asked.answer()
		check(encoder.Encode(asked))
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func (q *question) answer() {
	patterns, err := ignorefile.ReadAll(strings.NewReader(q.Text))
	if err != nil {
		q.Error = err.Error()
		return
	}
	if _, err := patternmatcher.New(patterns); err != nil {
		q.Error = err.Error()
		return
	}
	q.Alone = alone(patterns, q.Paths)
	q.Walk = walk(patterns, q.Paths)
	q.Met, q.Sent = send(patterns, q.Paths)
}

func verdict(matched bool, err error) byte {
	switch {
	case err != nil:
		return 'E'
	case matched:
		return '1'
	default:
		return '0'
	}
}

func alone(patterns, paths []string) string {
	var answers []byte
	matcher, err := patternmatcher.New(patterns)
	check(err)
	for _, name := range paths {
		answers = append(answers, verdict(matcher.MatchesOrParentMatches(strings.TrimSuffix(name, "/"))))
	}
	return string(answers)
}

func walk(patterns, paths []string) string {
	var answers []byte
	infos := map[string]patternmatcher.MatchInfo{}
	failed := map[string]bool{}
	matcher, err := patternmatcher.New(patterns)
	check(err)
	for _, name := range paths {
		name = strings.TrimSuffix(name, "/")
		above := path.Dir(name)
		if failed[above] {
			failed[name] = true
			answers = append(answers, 'E')
			continue
		}
		matched, info, err := matcher.MatchesUsingParentResults(name, infos[above])
		infos[name] = info
		failed[name] = err != nil
		answers = append(answers, verdict(matched, err))
	}
	return string(answers)
}

// tree is a context in memory.
type tree struct {
	paths []string
	met   map[string]bool
}

func (t *tree) Open(string) (io.ReadCloser, error) { return nil, os.ErrNotExist }

func (t *tree) Walk(_ context.Context, _ string, fn fs.WalkDirFunc) error {
	skipped := ""
	for _, name := range t.paths {
		if skipped != "" && strings.HasPrefix(name, skipped) {
			continue
		}
		mode := uint32(0o644)
		if strings.HasSuffix(name, "/") {
			mode = uint32(os.ModeDir | 0o755)
		}
		bare := strings.TrimSuffix(name, "/")
		t.met[name] = true
		err := fn(bare, &fsutil.DirEntryInfo{Stat: &types.Stat{Path: bare, Mode: mode}}, nil)
		if err == filepath.SkipDir {
			skipped = path.Dir(bare) + "/"
			if strings.HasSuffix(name, "/") {
				skipped = name
			}
		} else if err != nil {
			return err
		}
	}
	return nil
}

func send(patterns, paths []string) (string, string) {
	context_ := &tree{paths: paths, met: map[string]bool{}}
	filtered, err := fsutil.NewFilterFS(context_, &fsutil.FilterOpt{ExcludePatterns: patterns})
	check(err)
	sent := map[string]bool{}
	err = filtered.Walk(context.Background(), "/", func(name string, entry fs.DirEntry, err error) error {
		check(err)
		sent[name] = true
		return nil
	})
	if err != nil {
		return "", ""
	}
	met, all := []byte{}, []byte{}
	for _, name := range paths {
		met = append(met, verdict(context_.met[name], nil))
		all = append(all, verdict(sent[strings.TrimSuffix(name, "/")], nil))
	}
	return string(met), string(all)
}
