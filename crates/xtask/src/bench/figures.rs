//! The table of what was measured, each figure beside what it has to reach.

/// One measured figure.
pub(super) struct Figure {
    what: &'static str,
    measured: f64,
    unit: &'static str,
    target: Option<Target>,
}

enum Target {
    AtLeast(f64),
    AtMost(f64),
}

/// All figures of a run, in the order of their measuring.
#[derive(Default)]
pub(super) struct Figures(Vec<Figure>);

impl Figure {
    /// A figure that others are compared with.
    pub(super) fn plain(what: &'static str, measured: f64, unit: &'static str) -> Self {
        Self { what, measured, unit, target: None }
    }

    /// A figure that has to be small.
    pub(super) fn at_most(what: &'static str, measured: f64, unit: &'static str, bound: f64) -> Self {
        Self { target: Some(Target::AtMost(bound)), ..Self::plain(what, measured, unit) }
    }

    /// A figure that has to be large.
    pub(super) fn at_least(what: &'static str, measured: f64, unit: &'static str, bound: f64) -> Self {
        Self { target: Some(Target::AtLeast(bound)), ..Self::plain(what, measured, unit) }
    }

    fn row(&self) -> String {
        let (target, holds) = match self.target {
            None => (String::new(), ""),
            Some(Target::AtMost(bound)) => (format!("≤ {bound} {}", self.unit), mark(self.measured <= bound)),
            Some(Target::AtLeast(bound)) => (format!("≥ {bound} {}", self.unit), mark(self.measured >= bound)),
        };
        let measured = format!("{} {}", short(self.measured), self.unit);
        format!("| {} | {} | {} | {holds} |", self.what, measured.trim_end(), target.trim_end())
    }
}

impl Figures {
    pub(super) fn add(&mut self, figure: Figure) {
        self.0.push(figure);
    }

    /// Prints the table as Markdown, ready for the document.
    pub(super) fn print(&self) {
        println!("\n| what | measured | target | |\n|---|---|---|---|");
        for figure in &self.0 {
            println!("{}", figure.row());
        }
    }
}

fn mark(holds: bool) -> &'static str {
    if holds { "reached" } else { "**missed**" }
}

/// As many digits as mean something.
fn short(number: f64) -> String {
    match number {
        small if small < 10.0 => format!("{small:.2}"),
        medium if medium < 1_000.0 => format!("{medium:.1}"),
        large => format!("{large:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_stands_beside_its_target_and_says_whether_it_is_reached() {
        let reached = Figure::at_most("memory", 19.96, "MB", 20.0).row();
        assert_eq!(reached, "| memory | 20.0 MB | ≤ 20 MB | reached |");
        let missed = Figure::at_least("ratio", 0.241, "", 0.25).row();
        assert_eq!(missed, "| ratio | 0.24 | ≥ 0.25 | **missed** |");
        let plain = Figure::plain("wrk", 12_345.0, "requests/s").row();
        assert_eq!(plain, "| wrk | 12345 requests/s |  |  |");
    }
}
