//! Compares what two images did. What the image before does not do twice alike is not compared.

use super::CommandRun;
use super::http::{Answer, BODY, Response};
use super::observe::{Call, Ended, Observation, Ready};
use super::reload::is_page_without_script;
use crate::verify::engine::{Health, Output, Stop};
use std::time::Duration;

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Whether it starts at all.
    Starts,
    HealthCheck,
    /// What a port answers, and `/` where it speaks HTTP.
    Port(u16),
    /// That it ends by itself, how, and what it prints.
    Ends,
    /// What it does with this argument.
    Argument(&'static str),
    /// How it ends on SIGTERM.
    Stops,
    /// The user's own command.
    Command,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Starts => f.write_str("start"),
            Self::HealthCheck => f.write_str("health check"),
            Self::Port(port) => write!(f, "port {port}"),
            Self::Ends => f.write_str("end"),
            Self::Argument(argument) => write!(f, "`{argument}`"),
            Self::Stops => f.write_str("stop"),
            Self::Command => f.write_str("own test"),
        }
    }
}

/// One thing that was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub subject: Subject,
    pub evidence: Evidence,
}

impl Finding {
    pub fn differs(&self) -> bool {
        matches!(self.evidence, Evidence::Differs { .. })
    }
}

/// What came of comparing. Texts are in lower case, without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// Both did this.
    Same(String),
    Differs {
        before: String,
        after: String,
    },
    /// They differ in what a step declares.
    Declared {
        before: String,
        after: String,
    },
    /// Why nothing can be said.
    Unknown(String),
}

/// What a program that is started by itself, and no longer by a shell or a package manager, may do otherwise: it
/// gets the signal to stop, and ends by it or as it wants to.
pub fn allow_own_stop(findings: &mut [Finding], after: &Observation) {
    let is_clean = |stop: &Stop| !stop.killed && matches!(stop.exit_status, 0 | 143);
    if !after.stop.as_ref().is_some_and(is_clean) {
        return;
    }
    for finding in findings.iter_mut().filter(|it| it.subject == Subject::Stops) {
        if let Evidence::Differs { before, after } = &finding.evidence {
            let (before, after) = (before.clone(), after.clone());
            finding.evidence = Evidence::Declared { before, after };
        }
    }
}

/// How much longer than before it may take to stop.
const STOP_FACTOR: u32 = 3;
const STOP_MARGIN: Duration = Duration::from_secs(2);

/// Compares what the image after did with what the image before did twice.
pub fn compare(before: [&Observation; 2], after: &Observation) -> Vec<Finding> {
    let [first, second] = before;
    let mut findings = Vec::new();
    let mut add = |subject, evidence: Option<Evidence>| {
        findings.extend(evidence.map(|evidence| Finding { subject, evidence }));
    };
    if let Some(evidence) = starts(before, after) {
        add(Subject::Starts, Some(evidence));
        return findings;
    }
    add(Subject::HealthCheck, health(before, after));
    for (at, (port, ready)) in first.ports.iter().enumerate() {
        let same = |it: &Observation| it.ports.get(at).map(|it| it.1.clone());
        let port_before = [ready.clone(), same(second).unwrap_or(Ready::Silent)];
        let port_after = same(after).unwrap_or(Ready::Silent);
        add(Subject::Port(*port), Some(port_answers(&port_before, &port_after)));
    }
    add(Subject::Ends, ends(before, after));
    add(Subject::Stops, stops(before, after));
    for (at, call) in first.calls.iter().enumerate() {
        let same = |it: &Observation| it.calls.get(at).map(|it| it.ended.clone());
        let (Some(again), Some(then)) = (same(second), same(after)) else { continue };
        let Call { argument, ended } = call;
        add(Subject::Argument(argument), Some(programs([ended, &again], &then)));
    }
    findings
}

/// Compares what the user's command did; `before` was run twice.
pub fn compare_commands(before: [&CommandRun; 2], after: &CommandRun) -> Finding {
    let status =
        |it: &CommandRun| it.exit_status.map_or("a signal".to_owned(), |it| it.to_string());
    let shown = |it: &CommandRun| format!("exit status {}", status(it));
    let evidence = if before[0].exit_status != before[1].exit_status {
        Evidence::Unknown(format!(
            "before it ended with {} and with {}",
            status(before[0]),
            status(before[1])
        ))
    } else if before[0].exit_status != after.exit_status {
        Evidence::Differs { before: shown(before[0]), after: shown(after) }
    } else {
        let outputs = [&before[0].output, &before[1].output];
        printed(&shown(after), outputs, &after.output)
    };
    Finding { subject: Subject::Command, evidence }
}

/// Something only where not all of them start.
fn starts(before: [&Observation; 2], after: &Observation) -> Option<Evidence> {
    let [first, second] = before.map(|it| it.refused.clone());
    let shown = |it: &Option<String>| it.clone().unwrap_or_else(|| "it starts".to_owned());
    match (&first, &second, &after.refused) {
        (None, None, None) => None,
        (None, None, Some(_)) => {
            Some(Evidence::Differs { before: shown(&None), after: shown(&after.refused) })
        }
        (Some(reason), Some(_), Some(_)) => {
            Some(Evidence::Unknown(format!("neither starts: {reason}")))
        }
        (Some(_), Some(_), None) => {
            Some(Evidence::Differs { before: shown(&first), after: shown(&None) })
        }
        _ => Some(Evidence::Unknown("before it starts only sometimes".to_owned())),
    }
}

fn health(before: [&Observation; 2], after: &Observation) -> Option<Evidence> {
    let shown = |it: Option<Health>| match it {
        Some(Health::Healthy) => "healthy",
        Some(Health::Unhealthy) => "unhealthy",
        Some(Health::Starting) => "still starting when time was up",
        None => "no answer",
    };
    let [first, second] = before.map(|it| it.health);
    first.or(second).or(after.health)?;
    let (was, is) = (shown(first).to_owned(), shown(after.health).to_owned());
    Some(if first != second {
        Evidence::Unknown(format!("before it is {was} and {}", shown(second)))
    } else if first == after.health && first == Some(Health::Healthy) {
        Evidence::Same(is)
    } else if first == after.health {
        Evidence::Unknown(format!("neither gets healthy: {is}"))
    } else {
        Evidence::Differs { before: was, after: is }
    })
}

fn port_answers(before: &[Ready; 2], after: &Ready) -> Evidence {
    match (&before[0], &before[1], after) {
        (Ready::OutOfReach, ..) => Evidence::Unknown("the engine is on another machine".to_owned()),
        (Ready::Silent, Ready::Silent, Ready::Silent) => {
            Evidence::Unknown("neither answers".to_owned())
        }
        (Ready::Answers(first), Ready::Answers(second), Ready::Answers(after)) => {
            answers(first, second, after)
        }
        (first, second, _) if kind(first) != kind(second) => {
            Evidence::Unknown("before it answers only sometimes".to_owned())
        }
        (first, _, after) => Evidence::Differs { before: kind(first), after: kind(after) },
    }
}

fn kind(ready: &Ready) -> String {
    match ready {
        Ready::Answers(Answer::Http(response)) => http(response),
        Ready::Answers(Answer::Open) => "it is open, and does not speak HTTP".to_owned(),
        Ready::Silent => "nobody answers".to_owned(),
        Ready::OutOfReach => "it is out of reach".to_owned(),
    }
}

fn http(response: &Response) -> String {
    let location = response.location.as_ref().map(|it| format!(", to `{it}`")).unwrap_or_default();
    format!("`/` answers {}{location}", response.status)
}

fn answers(first: &Answer, second: &Answer, after: &Answer) -> Evidence {
    let shown = |it: &Answer| kind(&Ready::Answers(it.clone()));
    if shown(first) != shown(second) {
        return Evidence::Unknown(format!("before: {}, and {}", shown(first), shown(second)));
    }
    if shown(first) != shown(after) {
        return Evidence::Differs { before: shown(first), after: shown(after) };
    }
    let (Answer::Http(first), Answer::Http(second), Answer::Http(after)) = (first, second, after)
    else {
        return Evidence::Same(shown(after));
    };
    if first.body != second.body {
        let what = "its body is not compared, it is another one each time also before";
        return Evidence::Same(format!("{}; {what}", http(after)));
    }
    if first.body == after.body {
        let first = if after.body.len() >= BODY { "first " } else { "" };
        let bytes = after.body.len();
        return Evidence::Same(format!("{} with the same {first}{bytes} bytes", http(after)));
    }
    let text = |it: &Response| String::from_utf8_lossy(&it.body).into_owned();
    let (was, is) = (text(first), text(after));
    if is_page_without_script(&was, &is) {
        let script = "the script with which a development server loads it anew";
        return Evidence::Same(format!("{} with the same page without {script}", http(after)));
    }
    let [before, after] = first_difference(&was, &is);
    Evidence::Differs { before: format!("{}: {before}", http(first)), after }
}

fn ends(before: [&Observation; 2], after: &Observation) -> Option<Evidence> {
    let [first, second] = before.map(|it| &it.ended);
    if first.is_none() && second.is_none() && after.ended.is_none() {
        // That it stays up is said where it is stopped.
        return None;
    }
    Some(programs([first, second], &after.ended))
}

fn programs(before: [&Option<Ended>; 2], after: &Option<Ended>) -> Evidence {
    let shown = |it: &Option<Ended>| match it {
        Some(ended) => format!("it ends with {}", ended.exit_status),
        None => "it keeps running".to_owned(),
    };
    let [first, second] = before;
    if shown(first) != shown(second) {
        return Evidence::Unknown(format!("before: {}, and {}", shown(first), shown(second)));
    }
    if shown(first) != shown(after) {
        return Evidence::Differs {
            before: with_reason(first, &shown),
            after: with_reason(after, &shown),
        };
    }
    let (Some(first), Some(second), Some(ended)) = (first, second, after) else {
        return Evidence::Same(shown(after));
    };
    printed(&shown(after), [&first.output, &second.output], &ended.output)
}

/// With the last line that a program printed before it failed.
fn with_reason(it: &Option<Ended>, shown: &dyn Fn(&Option<Ended>) -> String) -> String {
    let last = it.as_ref().filter(|it| it.exit_status != 0).and_then(|it| {
        let output =
            if it.output.stderr.trim().is_empty() { &it.output.stdout } else { &it.output.stderr };
        output.lines().rev().find(|line| !line.trim().is_empty()).map(short)
    });
    last.map_or_else(|| shown(it), |last| format!("{}: {last}", shown(it)))
}

fn printed(what: &str, before: [&Output; 2], after: &Output) -> Evidence {
    if before[0] != before[1] {
        let other = "its output is not compared, it is another one each time also before";
        return Evidence::Same(format!("{what}; {other}"));
    }
    if before[0] == after {
        let cut = if after.is_cut() { ", of which the first 4 MiB were compared" } else { "" };
        return Evidence::Same(format!("{what} and prints the same{cut}"));
    }
    let (was, is) = if without_frames(&before[0].stdout) == without_frames(&after.stdout) {
        (&before[0].stderr, &after.stderr)
    } else {
        (&before[0].stdout, &after.stdout)
    };
    if without_frames(was) == without_frames(is) {
        return Evidence::Same(format!(
            "{what} and prints the same, but for frames of a traceback"
        ));
    }
    let [before, after] = first_difference(was, is);
    Evidence::Differs { before: format!("it prints {before}"), after: format!("it prints {after}") }
}

/// What Python prints without the way to an exception, which depends on where its packages are and how it is started.
fn without_frames(text: &str) -> String {
    let (mut kept, mut is_within) = (String::new(), false);
    for line in text.split_inclusive('\n') {
        is_within &= line.starts_with(' ');
        if !is_within {
            kept.push_str(line);
        }
        is_within |= line.trim_end() == "Traceback (most recent call last):";
    }
    kept
}

fn stops(before: [&Observation; 2], after: &Observation) -> Option<Evidence> {
    let [first, second] = before.map(|it| it.stop);
    let (first, second, after) = (first?, second?, after.stop?);
    let shown = |it: &Stop| {
        let seconds = it.took.as_secs_f64();
        let killed = if it.killed { ", killed" } else { "" };
        format!("exit status {} after {seconds:.1} s{killed}", it.exit_status)
    };
    let slowest = first.took.max(second.took);
    let as_soon = after.took <= slowest * STOP_FACTOR + STOP_MARGIN;
    Some(if first.exit_status != second.exit_status {
        Evidence::Unknown(format!("before: {}, and {}", shown(&first), shown(&second)))
    } else if first.exit_status == after.exit_status && first.killed == after.killed && as_soon {
        Evidence::Same(shown(&after))
    } else {
        Evidence::Differs { before: shown(&first), after: shown(&after) }
    })
}

/// The first line that differs, in each.
fn first_difference(before: &str, after: &str) -> [String; 2] {
    let (mut was, mut is) = (before.lines(), after.lines());
    loop {
        match (was.next(), is.next()) {
            (Some(was), Some(is)) if was == is => {}
            (None, None) => return ["the same lines".to_owned(), "other line ends".to_owned()],
            (was, is) => {
                let shown = |line: Option<&str>| line.map_or("nothing more".to_owned(), short);
                return [shown(was), shown(is)];
            }
        }
    }
}

/// A line of what a program printed, for a message: no control characters, not too long.
fn short(line: &str) -> String {
    let plain: String = line.chars().filter(|it| !it.is_control()).take(160).collect();
    format!("`{}`", plain.trim())
}

#[cfg(test)]
mod tests {
    use super::{Evidence, Finding, Subject, allow_own_stop, compare};
    use crate::verify::engine::{Health, Output, Stop};
    use crate::verify::smoke::{Answer, Ended, Observation, Ready, Response};
    use std::time::Duration;

    fn page(body: &str) -> Observation {
        let body = body.as_bytes().to_vec();
        let answer = Answer::Http(Response { status: 200, location: None, body });
        Observation { ports: vec![(80, Ready::Answers(answer))], ..Observation::default() }
    }

    fn ended(exit_status: i32, stdout: &str) -> Observation {
        let output = Output { stdout: stdout.to_owned(), stderr: String::new() };
        Observation { ended: Some(Ended { exit_status, output }), ..Observation::default() }
    }

    fn stopped(exit_status: i32, seconds: u64) -> Observation {
        let took = Duration::from_secs(seconds);
        let stop = Stop { exit_status, took, killed: exit_status == 137 };
        Observation { stop: Some(stop), ..Observation::default() }
    }

    fn only(before: [&Observation; 2], after: &Observation) -> Evidence {
        let mut found: Vec<Finding> = compare(before, after);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0).evidence
    }

    fn kinds(make: [&Observation; 3]) -> &'static str {
        kind(&only([make[0], make[1]], make[2]))
    }

    fn kind(evidence: &Evidence) -> &'static str {
        match evidence {
            Evidence::Same(what) if what.contains("not compared") => "noise",
            Evidence::Same(_) => "same",
            Evidence::Differs { .. } => "differs",
            Evidence::Declared { .. } => "declared",
            Evidence::Unknown(_) => "unknown",
        }
    }

    #[test]
    fn what_is_not_alike_before_is_not_compared() {
        let [a, b, c] = [page("a"), page("b"), page("c")];
        assert_eq!(kinds([&a, &a, &a]), "same");
        assert_eq!(kinds([&a, &a, &b]), "differs");
        assert_eq!(kinds([&a, &b, &c]), "noise");
        let [a, b, c] = [ended(0, "a"), ended(0, "b"), ended(1, "a")];
        assert_eq!(kinds([&a, &a, &a]), "same");
        assert_eq!(kinds([&a, &a, &b]), "differs");
        assert_eq!(kinds([&a, &b, &b]), "noise");
        assert_eq!(kinds([&a, &b, &c]), "differs");
        assert_eq!(kinds([&a, &c, &a]), "unknown");
        assert_eq!(kinds([&a, &a, &Observation::default()]), "differs");
    }

    #[test]
    fn of_a_traceback_the_exception_counts() {
        let failing = |frames: &str, exception: &str| {
            let text = format!(
                "Traceback (most recent call last):\n{frames}{exception}\n\nThe above exception was \
                 the direct cause\n\nTraceback (most recent call last):\n{frames}ValueError\nbye\n"
            );
            let output = Output { stdout: "started\n".to_owned(), stderr: text };
            Observation { ended: Some(Ended { exit_status: 1, output }), ..Observation::default() }
        };
        let script = "  File \"/usr/local/bin/serve\", line 8, in <module>\n    sys.exit(run())\n";
        let module = "  File \"<frozen runpy>\", line 198, in _run_module_as_main\n";
        let before = failing(script, "KeyError: 'PORT'");
        assert_eq!(kinds([&before, &before, &failing(module, "KeyError: 'PORT'")]), "same");
        assert_eq!(kinds([&before, &before, &failing(module, "KeyError: 'HOST'")]), "differs");
        assert_eq!(kinds([&before, &before, &failing("", "KeyError: 'PORT'")]), "same");
        let text = "a\n  File x\n";
        assert_eq!(super::without_frames(text), text);
    }

    #[test]
    fn a_program_that_is_started_by_itself_stops_by_itself() {
        let stop_of = |before: &Observation, after: &Observation| {
            let mut found = compare([before, before], after);
            allow_own_stop(&mut found, after);
            let stops = found.into_iter().find(|it| it.subject == Subject::Stops);
            stops.map(|it| kind(&it.evidence).to_owned())
        };
        let npm = stopped(1, 1);
        assert_eq!(stop_of(&npm, &stopped(0, 0)).as_deref(), Some("declared"));
        assert_eq!(stop_of(&stopped(137, 10), &stopped(143, 0)).as_deref(), Some("declared"));
        assert_eq!(stop_of(&npm, &stopped(137, 10)).as_deref(), Some("differs"));
        assert_eq!(stop_of(&npm, &stopped(7, 0)).as_deref(), Some("differs"));
        assert_eq!(stop_of(&npm, &npm).as_deref(), Some("same"));
    }

    #[test]
    fn a_stop_takes_as_long_as_before() {
        let [quick, slow, killed] = [stopped(0, 1), stopped(0, 9), stopped(137, 10)];
        assert_eq!(kinds([&quick, &quick, &quick]), "same");
        assert_eq!(kinds([&quick, &quick, &slow]), "differs");
        assert_eq!(kinds([&slow, &slow, &quick]), "same");
        assert_eq!(kinds([&quick, &quick, &killed]), "differs");
        assert_eq!(kinds([&quick, &killed, &quick]), "unknown");
    }

    #[test]
    fn health_counts_only_where_it_was_good_before() {
        let health = |it| Observation { health: Some(it), ..Observation::default() };
        let [good, bad] = [health(Health::Healthy), health(Health::Unhealthy)];
        assert_eq!(kinds([&good, &good, &good]), "same");
        assert_eq!(kinds([&good, &good, &bad]), "differs");
        assert_eq!(kinds([&bad, &bad, &bad]), "unknown");
        assert_eq!(kinds([&good, &bad, &good]), "unknown");
    }

    #[test]
    fn an_image_that_does_not_start_is_compared_no_further() {
        let none = Observation { refused: Some("no such file".to_owned()), ..stopped(0, 1) };
        let found = compare([&stopped(0, 1), &stopped(0, 1)], &none);
        assert_eq!((found.len(), &found[0].subject), (1, &Subject::Starts));
        assert_eq!(kinds([&none, &none, &none]), "unknown");
    }

    #[test]
    fn bytes_that_are_no_text_and_what_was_cut_off_are_told() {
        let one = Output::of(b"\xff\xfe", b"");
        assert_ne!(one, Output::of(b"\xfe\xff", b""));
        let long = Output::of(&vec![b'a'; crate::verify::engine::ANSWER], b"");
        let Evidence::Same(said) = super::printed("it ends with 0", [&long, &long], &long) else {
            panic!()
        };
        assert!(
            said.ends_with("prints the same, of which the first 4 MiB were compared"),
            "{said}"
        );
    }
}
