//! Which files are reviewed together.
//!
//! Files that stand or fall together stay in one part. Parts of the same files by transforms build on one another.

use super::{By, Part, Split};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A file with planned steps.
#[derive(Debug, Clone)]
pub struct Open {
    pub path: Arc<str>,
    pub repository: Arc<str>,
    /// Empty if nobody owns it.
    pub team: Arc<str>,
    pub folder: Arc<str>,
    /// Of each step.
    pub transforms: Arc<[Arc<str>]>,
    /// The part of each step in an earlier plan, where the file was planned already.
    pub before: Vec<Option<u32>>,
}

/// The parts, and of each open file the part of each step.
#[derive(Debug, Default)]
pub struct Parted {
    pub parts: Vec<Part>,
    pub steps: Vec<Vec<u32>>,
}

/// What makes parts.
pub struct Parting<'p> {
    pub split: &'p Split,
    /// Of the whole campaign.
    pub title: &'p str,
    /// The ids of all transforms in the order in which they run.
    pub order: &'p [&'p str],
    /// Parts of an earlier plan: they keep their numbers, and those of their files that are still open.
    pub earlier: Vec<Part>,
}

type Key = (Arc<str>, Arc<str>, Arc<str>);

/// By file, the part of each of its steps.
type Steps = Vec<(usize, Vec<u32>)>;

impl Parting<'_> {
    /// Puts each open file into parts. `together` has pairs of files that may not be parted.
    pub fn part(mut self, open: &[Open], together: &[(usize, usize)]) -> Parted {
        let units = units(open.len(), together);
        let mut parted = Parted { steps: vec![Vec::new(); open.len()], ..Parted::default() };
        for part in &mut self.earlier {
            part.files.clear();
        }
        let mut groups: BTreeMap<Key, Vec<Vec<usize>>> = BTreeMap::new();
        for unit in units {
            match self.kept(open, &unit) {
                Some(numbers) => {
                    for (file, numbers) in unit.iter().zip(numbers) {
                        parted.steps[*file] = numbers;
                    }
                }
                None => groups.entry(self.key(open, &unit)).or_default().push(unit),
            }
        }
        let mut number = self.earlier.iter().map(|part| part.number).max().unwrap_or(0);
        let mut parts = std::mem::take(&mut self.earlier);
        let mut branches: BTreeSet<String> = parts.iter().map(|part| part.branch.clone()).collect();
        for (key, units) in groups {
            for (index, chunk) in self.chunks(units).into_iter().enumerate() {
                let new = self.chain(open, &key, &chunk, index, number);
                number += u32::try_from(new.len()).unwrap_or_default();
                for (mut part, steps) in new {
                    for (file, numbers) in steps {
                        parted.steps[file].extend(numbers);
                    }
                    part.branch = free(&part.branch, &mut branches);
                    parts.push(part);
                }
            }
        }
        let mut at: HashMap<u32, usize> = HashMap::new();
        at.extend(parts.iter().enumerate().map(|(index, part)| (part.number, index)));
        for (file, steps) in open.iter().zip(&parted.steps) {
            let numbers: BTreeSet<u32> = steps.iter().copied().collect();
            for part in numbers.iter().filter_map(|number| at.get(number)) {
                parts[*part].files.push(file.path.to_string());
            }
        }
        parted.parts = parts;
        parted
    }

    /// The parts in which a unit was already, if it was in them as a whole.
    fn kept(&self, open: &[Open], unit: &[usize]) -> Option<Vec<Vec<u32>>> {
        let by_transform = self.split.by.contains(&By::Transform);
        let mut roots = BTreeSet::new();
        let mut all = Vec::new();
        for file in unit.iter().map(|index| &open[*index]) {
            let mut numbers = Vec::new();
            for (transform, before) in file.transforms.iter().zip(&file.before) {
                let part = self.earlier.iter().find(|part| Some(part.number) == *before)?;
                let is_same = part.repository == *file.repository
                    && part.team.as_deref().is_none_or(|team| *team == *file.team)
                    && part.folder.as_deref().is_none_or(|folder| *folder == *file.folder)
                    && (!by_transform || part.transform.as_deref() == Some(&**transform));
                if !is_same && unit.len() == 1 {
                    return None;
                }
                roots.insert(self.root(part));
                numbers.push(part.number);
            }
            all.push(numbers);
        }
        (roots.len() == 1).then_some(all)
    }

    /// The first of the parts that build on one another.
    fn root(&self, part: &Part) -> u32 {
        let mut at = part;
        while let Some(above) = at.after.and_then(|n| self.earlier.iter().find(|it| it.number == n))
        {
            if above.number >= at.number {
                break;
            }
            at = above;
        }
        at.number
    }

    /// What tells a unit apart: that of its last file, which is the ignore file where it has one.
    fn key(&self, open: &[Open], unit: &[usize]) -> Key {
        let nothing: Arc<str> = Arc::from("");
        let Some(file) = unit.last().map(|index| &open[*index]) else {
            return (nothing.clone(), nothing.clone(), nothing);
        };
        let wanted = |by: By, value: &Arc<str>| match self.split.by.contains(&by) {
            true => value.clone(),
            false => nothing.clone(),
        };
        let repository = file.repository.clone();
        (repository, wanted(By::Team, &file.team), wanted(By::Folder, &file.folder))
    }

    /// As many units in one as fit below the limit; one that is larger stays whole.
    fn chunks(&self, units: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
        let limit = self.split.max_files.unwrap_or(usize::MAX);
        let mut chunks: Vec<Vec<usize>> = Vec::new();
        for unit in units {
            match chunks.last_mut() {
                Some(chunk) if chunk.len() + unit.len() <= limit => chunk.extend(unit),
                _ => chunks.push(unit),
            }
        }
        chunks
    }

    /// One part, or one for each transform, with what of each file is in it.
    fn chain(
        &self,
        open: &[Open],
        key: &Key,
        files: &[usize],
        index: usize,
        last: u32,
    ) -> Vec<(Part, Steps)> {
        if !self.split.by.contains(&By::Transform) {
            let part = self.new_part(key, None, index, last + 1, None);
            let steps =
                files.iter().map(|file| (*file, vec![last + 1; open[*file].transforms.len()]));
            return vec![(part, steps.collect())];
        }
        let mut chain = Vec::new();
        let mut number = last;
        for id in self.order {
            let of =
                |file: &usize| open[*file].transforms.iter().filter(|it| ***it == **id).count();
            let steps = files.iter().map(|file| (*file, of(file))).filter(|(_, steps)| *steps > 0);
            let steps: Vec<(usize, usize)> = steps.collect();
            if steps.is_empty() {
                continue;
            }
            let after = (number > last).then_some(number);
            number += 1;
            let part = self.new_part(key, Some(id), index, number, after);
            let steps = steps.into_iter().map(|(file, count)| (file, vec![number; count]));
            chain.push((part, steps.collect()));
        }
        chain
    }

    fn new_part(
        &self,
        key: &Key,
        transform: Option<&str>,
        index: usize,
        number: u32,
        after: Option<u32>,
    ) -> Part {
        let by = |by: By| self.split.by.contains(&by);
        let (repository, team, folder) = (&*key.0, &*key.1, &*key.2);
        let mut names: Vec<&str> = Vec::new();
        names.extend((!repository.is_empty()).then_some(repository));
        names.extend(by(By::Team).then_some(if team.is_empty() { "no owner" } else { team }));
        names.extend(by(By::Folder).then_some(if folder.is_empty() { "top" } else { folder }));
        names.extend(transform);
        let mut name = names.join(", ");
        if index > 0 {
            let number = format!("{}", index + 1);
            name = if name.is_empty() { number } else { format!("{name}, {number}") };
        }
        let title = match name.as_str() {
            "" => self.title.to_owned(),
            name => format!("{}: {name}", self.title),
        };
        let slug = slug(&name);
        let slug = if slug.is_empty() { "all" } else { &slug };
        Part {
            number,
            branch: format!("{}{slug}", self.split.branch_prefix),
            name,
            title,
            repository: repository.to_owned(),
            team: by(By::Team).then(|| team.to_owned()),
            folder: by(By::Folder).then(|| folder.to_owned()),
            transform: transform.map(str::to_owned),
            after,
            files: Vec::new(),
        }
    }
}

/// What hangs together, each sorted, in the order of their first files.
fn units(count: usize, together: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut above: Vec<usize> = (0..count).collect();
    let find = |above: &mut Vec<usize>, mut at: usize| {
        while above[at] != at {
            above[at] = above[above[at]];
            at = above[at];
        }
        at
    };
    for (one, other) in together {
        let (one, other) = (find(&mut above, *one), find(&mut above, *other));
        above[one.max(other)] = one.min(other);
    }
    let mut units: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..count {
        units.entry(find(&mut above, at)).or_default().push(at);
    }
    units.into_values().collect()
}

/// A name as a part of the name of a branch or file.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars() {
        match character {
            'a'..='z' | '0'..='9' => slug.push(character),
            'A'..='Z' => slug.push(character.to_ascii_lowercase()),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
        if slug.len() >= 60 {
            break;
        }
    }
    slug.trim_matches('-').to_owned()
}

fn free(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{wanted}-{number}");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::super::{By, Split};
    use super::{Open, Parted, Parting, slug};
    use std::sync::Arc;

    fn open(path: &str, team: &str, transforms: &[&str]) -> Open {
        Open {
            path: Arc::from(path),
            repository: Arc::from(""),
            team: Arc::from(team),
            folder: Arc::from(path.split('/').next().unwrap()),
            transforms: transforms.iter().map(|it| Arc::from(*it)).collect(),
            before: vec![None; transforms.len()],
        }
    }

    fn part(split: &Split, open: &[Open], together: &[(usize, usize)]) -> Parted {
        let parting = Parting { split, title: "T", order: &["a", "b"], earlier: Vec::new() };
        parting.part(open, together)
    }

    fn shown(parted: &Parted) -> Vec<String> {
        let parts = parted.parts.iter();
        parts.map(|it| format!("{} {} {}", it.number, it.branch, it.files.join(" "))).collect()
    }

    #[test]
    fn teams_folders_and_numbers_part() {
        let files =
            [open("x/1", "@b", &["a"]), open("x/2", "@a", &["a"]), open("y/3", "@b", &["a"])];
        let all = part(&Split::default(), &files, &[]);
        assert_eq!(shown(&all), ["1 jettison/all x/1 x/2 y/3"]);
        assert_eq!(all.parts[0].title, "T");
        let split = Split { by: vec![By::Team], ..Split::default() };
        let teams = part(&split, &files, &[]);
        assert_eq!(shown(&teams), ["1 jettison/a x/2", "2 jettison/b x/1 y/3"]);
        let split =
            Split { by: vec![By::Team, By::Folder], max_files: Some(1), ..Split::default() };
        assert_eq!(part(&split, &files, &[]).parts.len(), 3);
        let split = Split { max_files: Some(2), ..Split::default() };
        assert_eq!(
            shown(&part(&split, &files, &[])),
            ["1 jettison/all x/1 x/2", "2 jettison/2 y/3"]
        );
    }

    #[test]
    fn what_belongs_together_stays_together() {
        let files =
            [open("x/1", "@b", &["a"]), open("x/2", "@a", &["a"]), open("y/3", "@b", &["a"])];
        let split = Split { max_files: Some(1), ..Split::default() };
        let parts = part(&split, &files, &[(2, 0)]);
        assert_eq!(shown(&parts), ["1 jettison/all x/1 y/3", "2 jettison/2 x/2"]);
    }

    #[test]
    fn transforms_build_on_one_another() {
        let files =
            [open("x/1", "", &["a", "b"]), open("x/2", "", &["b"]), open("y/3", "", &["a", "a"])];
        let split = Split { by: vec![By::Transform], max_files: Some(2), ..Split::default() };
        let parts = part(&split, &files, &[]);
        let expected = ["1 jettison/a x/1", "2 jettison/b x/1 x/2", "3 jettison/a-2 y/3"];
        assert_eq!(shown(&parts), expected);
        let after: Vec<Option<u32>> = parts.parts.iter().map(|it| it.after).collect();
        assert_eq!(after, [None, Some(1), None]);
        assert_eq!(parts.steps, [vec![1, 2], vec![2], vec![3, 3]]);
    }

    #[test]
    fn files_keep_their_parts_and_new_ones_come_behind() {
        let mut files = vec![open("x/1", "@a", &["a"]), open("y/3", "@b", &["a"])];
        let split = Split { by: vec![By::Team], ..Split::default() };
        let earlier = part(&split, &files, &[]).parts;
        files[0].before = vec![Some(1)];
        files[1].before = vec![Some(2)];
        files[1].team = Arc::from("@c");
        files.push(open("z/4", "@a", &["a"]));
        let parting = Parting { split: &split, title: "T", order: &["a"], earlier };
        let parts = parting.part(&files, &[]);
        let expected =
            ["1 jettison/a x/1", "2 jettison/b ", "3 jettison/a-2 z/4", "4 jettison/c y/3"];
        assert_eq!(shown(&parts), expected);
    }

    #[test]
    fn names_become_branches() {
        assert_eq!(slug("@org/team-a, services, 2"), "org-team-a-services-2");
        assert_eq!(slug("Ünï"), "n");
        assert_eq!(slug("@"), "");
    }
}
