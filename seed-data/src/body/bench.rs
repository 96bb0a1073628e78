//! The laboratory bench: the results of one day, which fit each other.

use chrono::NaiveDate;

use super::{Body, kidney};
use crate::decimal::Decimal;
use crate::moment::age;
use crate::stream::Stream;
use crate::table::clinical::{CODED_RESULTS, CodedResult, Laboratory};

/// What a test found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Finding {
    Number(Decimal),
    Coded(&'static CodedResult),
    Text(&'static str),
}

/// Tests for a cause: positive while it lasts.
const PRESENCE: [(&str, &str); 7] = [
    ("strep-test", "strep-throat"),
    ("sars-cov-2", "covid19"),
    ("flu-a", "influenza"),
    ("hcg-urine", "normal-pregnancy"),
    ("hcv-ab", "hep-c"),
    ("urine-culture", "uti"),
    ("blood-culture", "sepsis"),
];

/// What tells about the liver in the complete metabolic panel.
const LIVER: [&str; 6] = [
    "protein-total",
    "albumin",
    "bilirubin-total",
    "alp",
    "alt",
    "ast",
];

/// A test of `labs.tsv` and what it found.
pub(crate) type Outcome = (&'static Laboratory, Finding);

/// The values of one day, as they come from the analysers. Values in `fixed` are taken as given.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    body: &'a Body,
    date: NaiveDate,
    stream: Stream,
    fixed: &'a [(&'static str, f64)],
    outcomes: Vec<Outcome>,
}

impl Body {
    /// All results of an order for a key of `labs.tsv`: a panel or a single test.
    pub(crate) fn results(
        &self,
        order: &str,
        date: NaiveDate,
        fixed: &[(&'static str, f64)],
    ) -> Vec<Outcome> {
        let stream = self.stream(&format!("labs:{order}:{date}"));
        let mut bench = Bench {
            body: self,
            date,
            stream,
            fixed,
            outcomes: Vec::new(),
        };
        match order {
            "bmp" => bench.basic_metabolic(),
            "cmp" => bench.comprehensive_metabolic(),
            "lipid" => bench.lipids(),
            "cbc" => {
                bench.blood_count();
            }
            "cbc-diff" => bench.differential(),
            "lft" => bench.liver(),
            "ua" => bench.urinalysis(),
            single => bench.single(single),
        }
        bench.outcomes
    }
}

impl Bench<'_> {
    /// Notes the value of a test, rounded as the table says, and returns it as noted.
    fn note(&mut self, key: &str, value: f64) -> f64 {
        let row = Laboratory::of(key);
        let given = self
            .fixed
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| *value);
        let number = Decimal::round(given.unwrap_or(value).max(0.0), row.decimals);
        self.outcomes.push((row, Finding::Number(number)));
        number.value()
    }

    /// Draws and notes the value of a test.
    fn draw(&mut self, key: &str) -> f64 {
        let value = self.expect(key);
        self.note(key, value)
    }

    /// Draws a value without noting it.
    fn expect(&mut self, key: &str) -> f64 {
        self.body
            .laboratory(Laboratory::of(key), self.date, &mut self.stream)
    }

    fn basic_metabolic(&mut self) {
        let glucose = self.glucose();
        self.note("glucose", glucose);
        let years = age(self.body.birth, self.date);
        let usual = (112.0 - 0.7 * (f64::from(years) - 25.0).max(0.0)).max(70.0);
        let rate = self
            .body
            .today("egfr", usual, 6.0, self.date, &mut self.stream)
            .max(5.0);
        let damage = ((60.0 - rate) * 0.5).max(0.0);
        let urea = self.expect("bun") + damage;
        self.note("bun", urea);
        let creatinine = self.note("creatinine", kidney::creatinine(rate, years, self.body.sex));
        self.draw("calcium");
        let sodium = self.draw("sodium");
        self.draw("potassium");
        let bicarbonate = self.draw("co2");
        let gap = self.expect("anion-gap");
        let chloride = self.note("chloride", sodium - bicarbonate - gap);
        if years >= 18 {
            self.note("egfr", kidney::filtration(creatinine, years, self.body.sex));
        }
        self.note("anion-gap", sodium - chloride - bicarbonate);
    }

    /// Glucose scatters around the mean that the glycated haemoglobin stands for, less 15.
    fn glucose(&mut self) -> f64 {
        let row = Laboratory::of("hba1c");
        let glycated = self.body.usual(row.key, row.mean, row.sd, self.date);
        let mean = 28.7 * glycated - 46.7;
        self.stream
            .normal(
                (mean - 15.0).max(80.0),
                5.0 + (mean - 110.0).max(0.0) * 0.15,
            )
            .max(58.0)
    }

    fn comprehensive_metabolic(&mut self) {
        self.basic_metabolic();
        for key in LIVER {
            self.draw(key);
        }
    }

    fn liver(&mut self) {
        for key in LIVER.into_iter().chain(["ggt"]) {
            self.draw(key);
        }
    }

    /// LDL by calculation: total − HDL − triglycerides/5, while triglycerides are below 400.
    fn lipids(&mut self) {
        let low = self.expect("ldl").max(25.0);
        let high = (self.expect("hdl") + if self.body.is_female() { 5.0 } else { 0.0 }).max(24.0);
        let fat = self.expect("triglycerides").clamp(40.0, 390.0);
        let total = self.note("chol-total", low + high + fat / 5.0);
        let fat = self.note("triglycerides", fat);
        let high = self.note("hdl", high);
        self.note("ldl", total - high - fat / 5.0);
    }

    /// Red cells, volume and concentration are drawn; indices follow from the values as noted. Returns the white cells.
    fn blood_count(&mut self) -> f64 {
        let white = self.expect("wbc").clamp(2.2, 28.0);
        let white = self.note("wbc", white);
        let volume = self.expect("mcv").clamp(62.0, 112.0);
        let concentration = self.expect("mchc").clamp(32.1, 35.6);
        let women = if self.body.is_female() { 1.3 } else { 0.0 };
        let hemoglobin = (self.expect("hemoglobin") - women).max(6.5);
        let packed = 100.0 * hemoglobin / concentration;
        let red = self.note("rbc", 10.0 * packed / volume);
        let hemoglobin = self.note("hemoglobin", hemoglobin);
        let packed = self.note("hematocrit", packed);
        self.note("mcv", 10.0 * packed / red);
        self.note("mch", 10.0 * hemoglobin / red);
        self.note("mchc", 100.0 * hemoglobin / packed);
        for key in ["rdw", "platelets", "mpv"] {
            self.draw(key);
        }
        white
    }

    /// Percentages sum to 100; absolute counts are percentage × white cells.
    fn differential(&mut self) {
        let white = self.blood_count();
        let mut whole = |key: &str, low: f64, high: f64| {
            let value = self.expect(key).clamp(low, high).round_ties_even();
            self.note(key, value)
        };
        let monocytes = whole("monocytes-pct", 2.0, 12.0);
        let eosinophils = whole("eosinophils-pct", 0.0, 5.0);
        let basophils = whole("basophils-pct", 0.0, 2.0);
        let neutrophils = whole("neutrophils-pct", 35.0, 78.0);
        let lymphocytes = self.note(
            "lymphocytes-pct",
            100.0 - neutrophils - monocytes - eosinophils - basophils,
        );
        self.note("neutrophils", neutrophils * white / 100.0);
        self.note("lymphocytes", lymphocytes * white / 100.0);
    }

    fn urinalysis(&mut self) {
        self.text("ua-color", "Yellow");
        let infected = self.suffers("uti");
        self.text("ua-clarity", if infected { "Cloudy" } else { "Clear" });
        let acidity = self.expect("ua-ph").clamp(5.0, 8.0);
        self.note("ua-ph", (acidity * 2.0).round_ties_even() / 2.0);
        let gravity = self.expect("ua-sg").clamp(1.004, 1.03);
        self.note("ua-sg", gravity);
        for key in ["ua-glucose", "ua-ketones", "ua-protein", "ua-urobilinogen"] {
            self.draw(key);
        }
        // Most germs make nitrite, some bladders bleed.
        let nitrite = infected && self.stream.chance(0.8);
        let blood = infected && self.stream.chance(0.4);
        for (key, found) in [
            ("ua-nitrite", nitrite),
            ("ua-leuk", infected),
            ("ua-blood", blood),
            ("ua-bili", false),
        ] {
            self.presence(key, found);
        }
    }

    fn text(&mut self, key: &str, value: &'static str) {
        self.outcomes
            .push((Laboratory::of(key), Finding::Text(value)));
    }

    fn presence(&mut self, key: &str, found: bool) {
        let code = if found { "260373001" } else { "260415000" };
        if let Some(row) = CODED_RESULTS.iter().find(|row| row.snomed == code) {
            self.outcomes
                .push((Laboratory::of(key), Finding::Coded(row)));
        }
    }

    /// One test: a number, a presence, or the blood group.
    fn single(&mut self, key: &str) {
        let row = Laboratory::of(key);
        if row.value_type != "coded" {
            self.draw(key);
            return;
        }
        if key == "abo-rh" {
            let group = self.body.blood_group();
            self.outcomes
                .extend(group.map(|group| (row, Finding::Coded(group))));
            return;
        }
        let found = self.is_present(row.key);
        // Some tests have answers of their own, the positive one first.
        let mut own = CODED_RESULTS.iter().filter(|answer| answer.lab == key);
        match own.nth(usize::from(!found)) {
            Some(answer) => self.outcomes.push((row, Finding::Coded(answer))),
            None => self.presence(key, found),
        }
    }

    /// Whether what a test looks for is there on the day.
    fn is_present(&self, test: &str) -> bool {
        let cause = PRESENCE.iter().find(|(key, _)| *key == test);
        cause.is_some_and(|(_, cause)| self.suffers(cause))
    }

    /// Whether a condition acts on the body on the day.
    fn suffers(&self, condition: &str) -> bool {
        let date = self.date;
        self.body.causes.iter().any(|acting| {
            acting.key == condition
                && acting.since <= date
                && acting.until.is_none_or(|until| date <= until)
        })
    }
}
