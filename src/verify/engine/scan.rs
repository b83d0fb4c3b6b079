//! Counts known vulnerabilities with the user's own scanner, if one is there.

use super::Engine;
use super::find::look_up;
use super::process::{self, Limit};
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Bytes of a report.
const REPORT: usize = 256 << 20;

/// Vulnerabilities by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Vulnerabilities {
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    /// Negligible ones are among them.
    pub low: usize,
    pub unknown: usize,
}

/// A scanner that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanner {
    pub name: &'static str,
    program: PathBuf,
}

impl Scanner {
    /// The first of trivy, grype and docker scout on `PATH`.
    pub fn find(engine: &dyn Engine) -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found =
            ["trivy", "grype"].into_iter().find_map(|name| Some((name, look_up(name, &path)?)));
        if let Some((name, program)) = found {
            return Some(Self { name, program });
        }
        let client = engine.client();
        let scout = client.name == "docker"
            && client
                .ask(&["scout", "version"], Duration::from_secs(15))
                .is_ok_and(|it| it.status.success());
        scout.then(|| Self { name: "docker scout", program: client.program.clone() })
    }

    /// Scans an image of the engine. The error says why it was not scanned.
    pub fn scan(
        &self,
        engine: &dyn Engine,
        image: &str,
        time: Duration,
    ) -> Result<Vulnerabilities, String> {
        let mut command = Command::new(&self.program);
        match self.name {
            "trivy" => {
                command.args(["image", "--quiet", "--scanners", "vuln", "--format", "json", image])
            }
            "grype" => {
                let source = if engine.client().name == "docker" { "docker" } else { "podman" };
                command.args(["--quiet", "--output", "json"]).arg(format!("{source}:{image}"))
            }
            _ => {
                command.args(["scout", "cves", "--format", "sarif"]).arg(format!("local://{image}"))
            }
        };
        let limit = Limit { time, cancel: engine.client().cancel.clone() };
        let said =
            process::call(&mut command, &limit, REPORT).map_err(|error| error.to_string())?;
        if !said.status.success() {
            let why = said.error_text();
            let why = why.lines().last().unwrap_or("it failed").to_owned();
            return Err(format!("{}: {why}", self.name));
        }
        let report: Option<Value> = serde_json::from_slice(&said.stdout).ok();
        report
            .filter(|report| self.is_report(report))
            .map(|report| self.count(&report))
            .ok_or_else(|| format!("{} gave no report", self.name))
    }

    /// Whether a document has what the reports of the scanner always have.
    fn is_report(&self, report: &Value) -> bool {
        let names: &[&str] = match self.name {
            "trivy" => &["SchemaVersion", "Results"],
            "grype" => &["matches"],
            _ => &["runs"],
        };
        names.iter().any(|name| report.get(name).is_some())
    }

    fn count(&self, report: &Value) -> Vulnerabilities {
        let mut counts = Vulnerabilities::default();
        match self.name {
            "trivy" => all(report, "Results")
                .flat_map(|result| all(result, "Vulnerabilities"))
                .for_each(|it| counts.add(it["Severity"].as_str())),
            "grype" => all(report, "matches")
                .for_each(|it| counts.add(it["vulnerability"]["severity"].as_str())),
            _ => all(report, "runs").for_each(|run| {
                let rules = all(&run["tool"]["driver"], "rules");
                let rules: HashMap<Option<&str>, Option<&str>> = rules
                    .map(|it| (it["id"].as_str(), it["properties"]["cvssV3_severity"].as_str()))
                    .collect();
                all(run, "results").for_each(|it| {
                    counts.add(rules.get(&it["ruleId"].as_str()).copied().flatten())
                });
            }),
        }
        counts
    }
}

fn all<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

impl Vulnerabilities {
    fn add(&mut self, severity: Option<&str>) {
        let count = match severity.unwrap_or_default().to_ascii_lowercase().as_str() {
            "critical" => &mut self.critical,
            "high" => &mut self.high,
            "medium" => &mut self.medium,
            "low" | "negligible" => &mut self.low,
            _ => &mut self.unknown,
        };
        *count += 1;
    }
}

impl std::fmt::Display for Vulnerabilities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { critical, high, medium, low, unknown } = self;
        write!(f, "{critical} critical, {high} high, {medium} medium, {low} low, {unknown} unknown")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(name: &'static str, report: &str) -> String {
        let scanner = Scanner { name, program: PathBuf::new() };
        scanner.count(&serde_json::from_str(report).unwrap()).to_string()
    }

    #[test]
    fn each_report_is_counted() {
        let expected = "1 critical, 2 high, 0 medium, 1 low, 1 unknown";
        let trivy = r#"{"Results":[{"Target":"a"},{"Vulnerabilities":[{"Severity":"CRITICAL"},
            {"Severity":"HIGH"},{"Severity":"HIGH"}]},{"Vulnerabilities":[{"Severity":"LOW"},{"Severity":"UNKNOWN"}]}]}"#;
        assert_eq!(counted("trivy", trivy), expected);
        let grype = r#"{"matches":[{"vulnerability":{"severity":"Critical"}},{"vulnerability":{"severity":"High"}},
            {"vulnerability":{"severity":"High"}},{"vulnerability":{"severity":"Negligible"}},{"vulnerability":{}}]}"#;
        assert_eq!(counted("grype", grype), expected);
        let scout = r#"{"runs":[{"tool":{"driver":{"rules":[{"id":"A","properties":{"cvssV3_severity":"CRITICAL"}},
            {"id":"B","properties":{"cvssV3_severity":"HIGH"}},{"id":"C","properties":{"cvssV3_severity":"LOW"}},{"id":"D"}]}},
            "results":[{"ruleId":"A"},{"ruleId":"B"},{"ruleId":"B"},{"ruleId":"C"},{"ruleId":"D"}]}]}"#;
        assert_eq!(counted("docker scout", scout), expected);
    }

    #[test]
    fn another_document_is_no_report() {
        for (name, report) in [
            ("trivy", r#"{ "SchemaVersion": 2 }"#),
            ("grype", r#"{ "matches": [] }"#),
            ("docker scout", r#"{ "runs": [] }"#),
        ] {
            let scanner = Scanner { name, program: PathBuf::new() };
            assert!(scanner.is_report(&serde_json::from_str(report).unwrap()), "{name}");
            for other in [r#"{ "error": "no database" }"#, "[]", "null"] {
                assert!(!scanner.is_report(&serde_json::from_str(other).unwrap()), "{name}");
            }
        }
    }
}
