//! Reads the words of a command as an [`Action`].

use aho_corasick::AhoCorasick;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

use super::grammar::{Reading, reading};
use super::{Action, Flag, Grammar, Kind, MANAGERS, Package, PackageManager, Program};

/// What `program` with `arguments` does to packages; `None` if it is no package manager.
///
/// `program` may be a path. A word that is not known before the build is `None`.
pub fn read<'a>(program: &str, arguments: &[Option<&'a str>]) -> Option<Action<'a>> {
    let (manager, implied, from) = called(program, arguments)?;
    let words = split(manager, arguments, from);
    let Reading { kind, verb, operands } = reading(manager, implied, &words);
    let packages = words.operands.into_iter().skip(operands);
    let packages = packages.map(|(argument, word)| package(manager, argument, word)).collect();
    Some(Action { manager, kind, verb, flags: words.flags, packages })
}

/// The [`Action::kind`] of what [`read`] returns.
pub fn kind(program: &str, arguments: &[Option<&str>]) -> Option<Kind> {
    let (manager, implied, from) = called(program, arguments)?;
    Some(reading(manager, implied, &split(manager, arguments, from)).kind)
}

/// Whether a script may call a package manager: the name of one is somewhere in its text.
pub fn may_be_called(text: &str) -> bool {
    static NAMES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let programs = MANAGERS.iter().flat_map(|manager| manager.programs);
        AhoCorasick::new(programs.map(Program::name)).ok()
    });
    NAMES.as_ref().is_none_or(|names| names.is_match(text))
}

/// The package manager, the kind that its program's name implies, and where its own arguments begin.
fn called(
    program: &str,
    arguments: &[Option<&str>],
) -> Option<(&'static PackageManager, Option<Kind>, usize)> {
    let program = basename(program);
    if is_python(program) {
        return called_module(arguments);
    }
    let (manager, implied) = find(program)?;
    Some((manager, implied, 0))
}

/// The last part of a path, without a Windows extension.
fn basename(program: &str) -> &str {
    let slash = program.bytes().rposition(|byte| matches!(byte, b'/' | b'\\'));
    let name = slash.map_or(program, |at| &program[at + 1..]);
    let extension = [".exe", ".cmd", ".bat"].into_iter().find_map(|it| name.strip_suffix(it));
    extension.unwrap_or(name)
}

/// `name` without a version at its end: `pip3.11` is `pip`.
fn without_version(name: &str) -> &str {
    name.trim_end_matches(|it: char| it.is_ascii_digit() || it == '.').trim_end_matches('-')
}

pub(super) fn is_python(program: &str) -> bool {
    matches!(without_version(program), "python" | "pypy")
}

pub(super) fn find(program: &str) -> Option<(&'static PackageManager, Option<Kind>)> {
    static EXACT: LazyLock<FxHashMap<&str, Named>> = LazyLock::new(|| named(false));
    static VERSIONED: LazyLock<FxHashMap<&str, Named>> = LazyLock::new(|| named(true));
    let found = EXACT.get(program).or_else(|| VERSIONED.get(without_version(program)));
    found.copied()
}

type Named = (&'static PackageManager, Option<Kind>);

/// The table by the names of programs, those with or without a version at their end.
fn named(versioned: bool) -> FxHashMap<&'static str, Named> {
    let mut names = FxHashMap::default();
    for manager in MANAGERS {
        for program in manager.programs {
            let implied = match program {
                Program::Implies(_, kind) => Some(*kind),
                Program::Named(_) | Program::Versioned(_) => None,
            };
            if matches!(program, Program::Versioned(_)) == versioned {
                names.entry(program.name()).or_insert((*manager, implied));
            }
        }
    }
    names
}

/// `python -m pip …`.
fn called_module(
    arguments: &[Option<&str>],
) -> Option<(&'static PackageManager, Option<Kind>, usize)> {
    for (at, word) in arguments.iter().enumerate() {
        match (*word)? {
            "-m" => {
                let (manager, implied) = find((*arguments.get(at + 1)?)?)?;
                return Some((manager, implied, at + 2));
            }
            "-X" | "-W" | "-c" => return None,
            word if word.starts_with('-') => (),
            _ => return None,
        }
    }
    None
}

/// Options and the rest.
pub(super) struct Words<'a> {
    pub(super) flags: Vec<Flag<'a>>,
    pub(super) operands: Vec<(usize, Option<&'a str>)>,
    /// Where `--` says that only operands follow.
    pub(super) end_of_options: Option<usize>,
}

fn split<'a>(manager: &PackageManager, arguments: &[Option<&'a str>], from: usize) -> Words<'a> {
    let operands = Vec::with_capacity(arguments.len().saturating_sub(from));
    let mut words = Words { flags: Vec::new(), operands, end_of_options: None };
    let mut at = from;
    while at < arguments.len() {
        let word = arguments[at];
        let only_operands = words.end_of_options.is_some();
        match word {
            Some("--") if !only_operands => words.end_of_options = Some(at),
            Some(word) if !only_operands && word.len() > 1 && word.starts_with('-') => {
                let takes_next = options(manager, at, word, &mut words.flags);
                if takes_next && at + 1 < arguments.len() {
                    at += 1;
                    if let Some(flag) = words.flags.last_mut() {
                        flag.value = Some(arguments[at]);
                    }
                }
            }
            _ => words.operands.push((at, word)),
        }
        at += 1;
    }
    words
}

/// Reads one word of options. Says whether the last one takes the next word as its value.
fn options<'a>(
    manager: &PackageManager,
    argument: usize,
    word: &'a str,
    flags: &mut Vec<Flag<'a>>,
) -> bool {
    let long =
        word.starts_with("--") || matches!(manager.grammar, Grammar::LongVerb | Grammar::Goals);
    if long {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(Some(value))),
            None => (word, None),
        };
        flags.push(Flag { argument, name, value });
        return value.is_none() && manager.valued.contains(&name);
    }
    for (at, letter) in word.char_indices().skip(1) {
        let Some(name) = short(letter) else {
            flags.push(Flag { argument, name: word, value: None });
            return false;
        };
        let rest = &word[at + letter.len_utf8()..];
        let valued = manager.valued.contains(&name);
        let value =
            (valued && !rest.is_empty()).then(|| Some(rest.strip_prefix('=').unwrap_or(rest)));
        flags.push(Flag { argument, name, value });
        if valued {
            return rest.is_empty();
        }
    }
    false
}

/// `-x` as a string that outlives the word it stands in.
fn short(letter: char) -> Option<&'static str> {
    const LETTERS: &str = "-a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t-u-v-w-x-y-z\
                           -A-B-C-D-E-F-G-H-I-J-K-L-M-N-O-P-Q-R-S-T-U-V-W-X-Y-Z\
                           -0-1-2-3-4-5-6-7-8-9";
    let at = LETTERS.find(letter).filter(|_| letter != '-')?;
    LETTERS.get(at - 1..at + 1)
}

fn package<'a>(manager: &PackageManager, argument: usize, word: Option<&'a str>) -> Package<'a> {
    let Some(word) = word else {
        return Package { argument, name: None, version: None, removed: false };
    };
    if word.starts_with(['.', '/']) || word.contains("://") {
        return Package { argument, name: Some(word), version: None, removed: false };
    }
    let (name, version) = split_version(manager, word);
    let is_apt = matches!(manager.name, "apt" | "aptitude") && version.is_none();
    let removed = is_apt && name.ends_with('-');
    // `name+` installs, but `g++` is a name.
    let wanted = is_apt && name.ends_with('+') && !name.ends_with("++");
    let name = if removed || wanted { &name[..name.len() - 1] } else { name };
    Package { argument, name: Some(name), version, removed }
}

/// A mark in the first place belongs to the name: `@scope/name`.
fn split_version<'a>(manager: &PackageManager, word: &'a str) -> (&'a str, Option<&'a str>) {
    let begins = |at: usize, byte: u8| {
        let mut marks = manager.version.iter();
        marks.any(|mark| mark.as_bytes()[0] == byte && word[at..].starts_with(mark))
    };
    let mut bytes = word.bytes().enumerate().skip(1);
    let Some((at, _)) = bytes.find(|(at, byte)| begins(*at, *byte)) else {
        return (word, None);
    };
    let (name, rest) = word.split_at(at);
    let extras = rest.strip_prefix('[').and_then(|it| it.split_once(']'));
    let version = extras.map_or(rest, |(_, after)| after);
    let version = version.trim_start_matches(['=', '@', '~', '<', '>', '!', '^', ':', '/', '-']);
    (name, (!version.is_empty()).then_some(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `?` stands for a word that is not known before the build.
    fn action_of(command: &'static str) -> Option<Action<'static>> {
        let mut words = command.split(' ').map(|word| (word != "?").then_some(word));
        read(words.next()??, &words.collect::<Vec<_>>())
    }

    fn shown(command: &'static str) -> String {
        let Some(action) = action_of(command) else {
            return "none".to_owned();
        };
        let packages = action.packages.iter().map(|it| match (it.name, it.version) {
            (Some(name), Some(version)) => format!(" {name}@{version}"),
            (Some(name), None) if it.removed => format!(" !{name}"),
            (name, _) => format!(" {}", name.unwrap_or("?")),
        });
        format!("{} {:?}{}", action.manager, action.kind, packages.collect::<String>())
    }

    #[test]
    fn system_package_managers() {
        let cases = [
            ("apt-get update", "apt Update"),
            ("/usr/bin/apt-get -y -q install a b=1 c:arm64", "apt Install a b@1 c@arm64"),
            ("apt-get -qqy -o Dpkg::Options::=x install -t stable a", "apt Install a"),
            ("apt-get -qyo APT::x=1 install g++ b- c+", "apt Install g++ !b c"),
            ("apt-get install -y ./a.deb a/stable ?", "apt Install ./a.deb a@stable ?"),
            ("apt-get ? install a", "apt Unknown ? install a"),
            ("apt-get frobnicate", "apt Unknown frobnicate"),
            ("apt-get install -- a", "apt Install a"),
            ("apt-get -- install a", "apt Unknown install a"),
            ("apt list --installed", "apt Query"),
            ("apt-cache policy a", "apt Query policy a"),
            ("add-apt-repository -y ppa:x", "apt Configure ppa@x"),
            ("apk --update add --virtual .deps gcc git@edge", "apk Install gcc git@edge"),
            ("apk add -t .deps gcc~=12", "apk Install gcc@12"),
            ("apk cache clean", "apk Clean"),
            ("dnf5 -y --setopt=x=y --enablerepo x install a", "dnf Install a"),
            ("yum -y groupinstall a", "yum Install a"),
            ("yum clean all", "yum Clean"),
            ("yum update", "yum Upgrade"),
            ("zypper -n --gpg-auto-import-keys in -t pattern a", "zypper Install a"),
            ("zypper ref", "zypper Update"),
            ("pacman -Sy --noconfirm", "pacman Update"),
            ("pacman -Syu --noconfirm git", "pacman Upgrade git"),
            ("pacman --noconfirm -S git", "pacman Install git"),
            ("pacman -Scc", "pacman Clean"),
            ("pacman -Rns git", "pacman Remove git"),
            ("emerge --sync", "emerge Update"),
            ("emerge -j 4 dev-vcs/git", "emerge Install dev-vcs/git"),
            ("tdnf install -y a", "tdnf Install a"),
            ("microdnf clean all", "microdnf Clean"),
            ("choco install git -y", "choco Install git"),
        ];
        for (command, expected) in cases {
            assert_eq!(shown(command), expected, "{command}");
        }
    }

    #[test]
    fn language_package_managers() {
        let cases = [
            ("pip3.11 install -r requirements.txt a==1 b[x]", "pip Install a@1 b"),
            ("pip --no-cache-dir install .", "pip Install ."),
            ("python3 -m pip install -U pip", "pip Install pip"),
            ("python -u -m pip install a", "pip Install a"),
            ("python -m venv /venv", "none"),
            ("python setup.py install", "none"),
            ("pipx install a", "pipx Install a"),
            ("uv pip install --system a", "uv Install a"),
            ("uv --no-progress sync --frozen", "uv Install"),
            ("uv frobnicate", "uv Unknown frobnicate"),
            ("poetry install --only main", "poetry Install"),
            ("pipenv install --system --deploy", "pipenv Install"),
            ("conda env create -f environment.yml", "conda Install"),
            ("/opt/conda/bin/conda install -y -n base a=1", "conda Install a@1"),
            ("micromamba install -y -n base -f /e.yml", "micromamba Install"),
            ("npm --prefix x ci", "npm Install"),
            ("npm i -g @scope/a@1 b", "npm Install @scope/a@1 b"),
            ("npm cache clean --force", "npm Clean"),
            ("npm cache ?", "npm Unknown cache ?"),
            ("npm run build", "npm Run build"),
            ("npx a", "npm Run a"),
            ("yarn", "yarn Install"),
            ("yarn --frozen-lockfile", "yarn Install"),
            ("yarn global add a", "yarn Install a"),
            ("yarn build", "yarn Unknown build"),
            ("yarn --version", "yarn Configure"),
            ("pnpm install --prod", "pnpm Install"),
            ("bun install", "bun Install"),
            ("corepack enable", "corepack Configure"),
            ("gem install -v 1 bundler", "gem Install bundler"),
            ("bundle", "bundle Install"),
            ("bundle install -j 4 --without test", "bundle Install"),
            ("composer global require a", "composer Install a"),
            ("pecl install xdebug-3.1", "pecl Install xdebug@3.1"),
            ("go mod download", "go Install"),
            ("go build -o /app -ldflags ? ./cmd", "go Build ./cmd"),
            ("go get -u a@latest", "go Install a@latest"),
            ("go run .", "go Run ."),
            ("cargo install --locked a", "cargo Install a"),
            ("mvn -B -DskipTests clean package", "maven Build clean package"),
            ("./mvnw spring-boot:run", "maven Run spring-boot:run"),
            ("mvn -B org.x:y:1.0:run", "maven Run org.x:y:1.0:run"),
            ("mvn frobnicate", "maven Unknown frobnicate"),
            ("./gradlew --no-daemon :app:build -x test", "gradle Build :app:build"),
            ("gradle bootRun", "gradle Run bootRun"),
            ("cpanm --notest A::B", "cpan Install A::B"),
            ("Rscript -e install.packages('a')", "R Install"),
            ("R CMD INSTALL a", "R Install CMD INSTALL a"),
            ("Rscript app.R", "R Run app.R"),
            ("install2.r --error a", "littler Install a"),
            ("luarocks install a", "luarocks Install a"),
            ("stack build", "stack Build"),
            ("cabal v2-update", "cabal Update"),
            ("mix deps.get --only prod", "mix Install"),
            ("dotnet publish -c Release -o /app", "dotnet Build"),
            ("dotnet app.dll", "dotnet Unknown app.dll"),
            ("opam install -y a", "opam Install a"),
            ("make", "none"),
        ];
        for (command, expected) in cases {
            assert_eq!(shown(command), expected, "{command}");
        }
    }

    #[test]
    fn flags_have_places_and_values() {
        let action = action_of("apt-get -qqy -o A=1 install --no-install-recommends a");
        let flags = action.map(|it| it.flags).unwrap_or_default();
        let flags: Vec<_> = flags.iter().map(|it| (it.argument, it.name, it.value)).collect();
        assert_eq!(
            flags,
            [
                (0, "-q", None),
                (0, "-q", None),
                (0, "-y", None),
                (1, "-o", Some(Some("A=1"))),
                (4, "--no-install-recommends", None),
            ]
        );
    }

    #[test]
    fn any_words_are_read_without_panic() {
        for word in ["-", "--", "-é", "é=é", "=", "@", "-o", "", "a-", "-\u{0}", "[", "日本==1"]
        {
            for manager in MANAGERS {
                for program in manager.programs {
                    let (Program::Named(name)
                    | Program::Versioned(name)
                    | Program::Implies(name, _)) = program;
                    let words = [Some(word), None, Some("install"), Some(word), Some(word)];
                    assert!(read(name, &words).is_some() && read(name, &words[..1]).is_some());
                }
            }
        }
    }
}
