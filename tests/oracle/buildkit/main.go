// Command oracle prints what BuildKit makes of Dockerfiles.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

type out struct {
	Accepted     bool   `json:"accepted"`
	Builds       bool   `json:"builds"`
	Error        string `json:"error"`
	Instructions []item `json:"instructions"`
}
type item struct {
	Keyword  string   `json:"keyword"`
	Trigger  *string  `json:"trigger"`
	Json     bool     `json:"json"`
	Flags    []string `json:"flags"`
	Values   []string `json:"values"`
	Start    int      `json:"start"`
	End      int      `json:"end"`
	Heredocs [][3]any `json:"heredocs"`
	Script   *string  `json:"script"`
}
type env map[string]string

func (e env) Get(k string) (string, bool) { v, ok := e[k]; return v, ok }
func (e env) Keys() []string              { return nil }

// script is what the shell gets of a RUN in shell form.
func script(n *parser.Node) *string {
	if !strings.EqualFold(n.Value, "run") {
		return nil
	}
	parsed, err := instructions.ParseInstructionWithLinter(n, linter.New(&linter.Config{}))
	if err != nil {
		return nil
	}
	run := parsed.(*instructions.RunCommand)
	if !run.PrependShell {
		return nil
	}
	text := strings.Join(run.CmdLine, " ")
	if len(run.Files) == 0 {
		return &text
	}
	if parser.MustParseHeredoc(text) != nil {
		text = run.Files[0].Data
		if run.Files[0].Chomp {
			text = parser.ChompHeredocContent(text)
		}
		if strings.HasPrefix(text, "#!") {
			return nil
		}
		return &text
	}
	for _, file := range run.Files {
		text += "\n" + file.Data + file.Name
	}
	return &text
}

func main() {
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	enc := json.NewEncoder(w)
	sc := bufio.NewScanner(os.Stdin)
	sc.Buffer(make([]byte, 1<<20), 1<<26)
	for sc.Scan() {
		if len(os.Args) > 1 && os.Args[1] == "expand" {
			var q struct {
				Text   string
				Escape string
				Env    map[string]string
			}
			if err := json.Unmarshal(sc.Bytes(), &q); err != nil {
				panic(err)
			}
			lex := shell.NewLex(rune(q.Escape[0]))
			word, _, err := lex.ProcessWord(q.Text, env(q.Env))
			words, err2 := shell.NewLex(rune(q.Escape[0])).ProcessWords(q.Text, env(q.Env))
			enc.Encode(map[string]any{"word": word, "words": words, "ok": err == nil, "ok2": err2 == nil})
			continue
		}
		data, err := os.ReadFile(sc.Text())
		if err != nil {
			panic(err)
		}
		o := out{}
		res, err := parser.Parse(bytes.NewReader(data))
		if err != nil {
			o.Error = err.Error()
			enc.Encode(o)
			continue
		}
		o.Accepted = true
		for _, n := range res.AST.Children {
			it := item{Keyword: strings.ToUpper(n.Value), Flags: append([]string{}, n.Flags...), Start: n.StartLine, End: n.EndLine, Values: []string{}, Heredocs: [][3]any{}}
			c := n
			if n.Next != nil && len(n.Next.Children) > 0 {
				c = n.Next.Children[0]
				t := strings.ToUpper(c.Value)
				it.Trigger = &t
			}
			it.Json = c.Attributes["json"]
			pairs := strings.ToLower(c.Value) == "env" || strings.ToLower(c.Value) == "label"
			i := 0
			for x := c.Next; x != nil; x = x.Next {
				i++
				if pairs && i%3 == 0 {
					continue
				}
				it.Values = append(it.Values, x.Value)
			}
			for _, h := range n.Heredocs {
				it.Heredocs = append(it.Heredocs, [3]any{h.Name, h.FileDescriptor, h.Content})
			}
			it.Script = script(n)
			o.Instructions = append(o.Instructions, it)
		}
		_, _, err = instructions.Parse(res.AST, linter.New(&linter.Config{}))
		if err != nil {
			o.Error = err.Error()
		}
		o.Builds = err == nil
		enc.Encode(o)
	}
	if err := sc.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
