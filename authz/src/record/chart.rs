//! Measurements over time, drawn as lines. Coordinates are in the units of the drawing's `viewBox`.

use chrono::NaiveDate;
use serde_json::Value;

use super::moment::Moment;
use super::words;

/// Width of a drawing.
pub const WIDTH: f64 = 360.0;
/// Height of a drawing.
pub const HEIGHT: f64 = 170.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 350.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 142.0;
/// Most points of a line; the newest are kept.
const MOST_POINTS: usize = 30;

/// One kind of measurement over time.
#[derive(Debug)]
pub struct Chart {
    /// What is measured.
    pub title: String,
    /// The language of its names, if the record says which.
    pub language: Option<String>,
    /// One line, or two for blood pressure.
    pub lines: Vec<Line>,
    /// The ordinary range: top edge and height of its band.
    pub band: Option<(f64, f64)>,
    /// Horizontal lines of the grid with their labels.
    pub ticks: Vec<(f64, String)>,
    /// First and last day.
    pub days: (NaiveDate, NaiveDate),
}

/// A line of a chart.
#[derive(Debug)]
pub struct Line {
    /// What it is, where there are several.
    pub name: String,
    /// Its points, oldest first.
    pub points: Vec<Point>,
}

/// A measurement.
#[derive(Debug, Clone)]
pub struct Point {
    /// Across.
    pub x: f64,
    /// Down.
    pub y: f64,
    /// When.
    pub day: NaiveDate,
    /// As it stands in the record.
    pub value: String,
}

impl Line {
    /// The `points` attribute of the polyline.
    pub fn path(&self) -> String {
        let points = self.points.iter();
        let points = points.map(|point| format!("{:.1},{:.1}", point.x, point.y));
        points.collect::<Vec<_>>().join(" ")
    }

    /// The newest point.
    pub fn latest(&self) -> Option<&Point> {
        self.points.last()
    }
}

/// A measurement as it stands in the record.
#[derive(Debug, Clone)]
struct Sample {
    day: NaiveDate,
    number: f64,
    text: String,
}

/// All samples of one name and unit.
#[derive(Debug)]
struct Series {
    group: String,
    language: Option<String>,
    name: String,
    unit: String,
    samples: Vec<Sample>,
    range: Option<(f64, f64)>,
}

/// The charts of some observations: one for each thing that was measured at least twice.
pub fn charts<'a>(observations: impl IntoIterator<Item = &'a Value>) -> Vec<Chart> {
    let mut series: Vec<Series> = Vec::new();
    for observation in observations {
        let group = words::at(observation, "code").unwrap_or_default();
        collect(&mut series, &group, observation, observation);
        for component in words::all(observation, "component") {
            collect(&mut series, &group, observation, component);
        }
    }
    for one in &mut series {
        one.samples.sort_by_key(|sample| sample.day);
        let surplus = one.samples.len().saturating_sub(MOST_POINTS);
        one.samples.drain(..surplus);
    }
    series.retain(|one| one.samples.len() > 1);
    let mut charts = Vec::new();
    while !series.is_empty() {
        let first = series.remove(0);
        let (same, others) = series
            .into_iter()
            .partition(|one| one.group == first.group && one.unit == first.unit);
        series = others;
        charts.extend(draw(
            &std::iter::once(first).chain(same).collect::<Vec<_>>(),
        ));
    }
    charts
}

fn collect(series: &mut Vec<Series>, group: &str, observation: &Value, element: &Value) {
    let quantity = &element["valueQuantity"];
    let day = Moment::first(observation, &["effectiveDateTime", "effectivePeriod"]);
    let number = quantity["value"]
        .as_f64()
        .filter(|number| number.is_finite());
    let (Some(day), Some(number)) = (day.and_then(|day| day.start()), number) else {
        return;
    };
    let name = words::at(element, "code").unwrap_or_default();
    let unit = quantity["unit"].as_str().unwrap_or_default();
    let sample = Sample {
        day,
        number,
        text: words::quantity(quantity).unwrap_or_default(),
    };
    let known = series
        .iter_mut()
        .find(|one| one.group == group && one.name == name && one.unit == unit);
    match known {
        Some(one) => one.samples.push(sample),
        None => series.push(Series {
            group: group.to_owned(),
            language: observation["language"].as_str().map(str::to_owned),
            name,
            unit: unit.to_owned(),
            samples: vec![sample],
            range: range(element),
        }),
    }
}

fn range(element: &Value) -> Option<(f64, f64)> {
    let first = element["referenceRange"].as_array()?.first()?;
    Some((
        first["low"]["value"].as_f64()?,
        first["high"]["value"].as_f64()?,
    ))
}

/// One drawing of series that share a unit.
fn draw(series: &[Series]) -> Option<Chart> {
    let samples = || series.iter().flat_map(|one| &one.samples);
    let days = (
        samples().map(|sample| sample.day).min()?,
        samples().map(|sample| sample.day).max()?,
    );
    let range = series.iter().find_map(|one| one.range);
    let ends = range.map_or(vec![], |(low, high)| vec![low, high]);
    let numbers = || samples().map(|sample| sample.number).chain(ends.clone());
    let low = numbers().fold(f64::INFINITY, f64::min);
    let high = numbers().fold(f64::NEG_INFINITY, f64::max);
    let scale = Scale::over(low, high);
    let span = f64::from(i32::try_from((days.1 - days.0).num_days()).ok()?).max(1.0);
    let place = |sample: &Sample| {
        let along = i32::try_from((sample.day - days.0).num_days()).unwrap_or(0);
        Point {
            x: LEFT + (RIGHT - LEFT) * f64::from(along) / span,
            y: scale.y(sample.number),
            day: sample.day,
            value: sample.text.clone(),
        }
    };
    let band = range.map(|(low, high)| (scale.y(high), scale.y(low) - scale.y(high)));
    let (title, language) = series
        .first()
        .map(|one| (one.group.clone(), one.language.clone()))?;
    let lines = series.iter().map(|one| Line {
        name: one.name.clone(),
        points: one.samples.iter().map(place).collect(),
    });
    Some(Chart {
        title,
        language,
        lines: lines.collect(),
        band,
        ticks: scale.ticks(),
        days,
    })
}

/// From numbers to heights, with round numbers at the grid.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    fn over(low: f64, high: f64) -> Self {
        let spread = if high > low {
            high - low
        } else {
            high.abs().max(1.0)
        };
        let rough = spread / 3.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough)
            .unwrap_or(power);
        let bottom = (low / step).floor() * step;
        let top = (high / step).ceil() * step;
        Self {
            low: bottom,
            high: if top > bottom { top } else { bottom + step },
            step,
        }
    }

    fn y(&self, number: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * (number - self.low) / (self.high - self.low)
    }

    fn ticks(&self) -> Vec<(f64, String)> {
        let decimals = if self.step >= 1.0 {
            0
        } else {
            1 + usize::from(self.step < 0.1)
        };
        (0..=8)
            .map(|at| self.low + self.step * f64::from(at))
            .take_while(|number| *number <= self.high + self.step / 2.0)
            .map(|number| (self.y(number), format!("{number:.decimals$}")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn glucose(day: &str, value: f64) -> Value {
        json!({
            "code": {"text": "Glucose"}, "effectiveDateTime": day,
            "valueQuantity": {"value": value, "unit": "mg/dL"},
            "referenceRange": [{"low": {"value": 70}, "high": {"value": 99}}],
        })
    }

    #[test]
    fn points_stand_in_the_order_of_time_and_inside_the_drawing() {
        let charts = charts(&[
            glucose("2022-01-01", 180.0),
            glucose("2020-01-01", 60.0),
            glucose("2021", 90.0),
        ]);
        assert_eq!(charts.len(), 1);
        let points = &charts[0].lines[0].points;
        assert!(points.windows(2).all(|pair| pair[0].x < pair[1].x));
        assert!(points[2].y < points[0].y, "more is higher up");
        for point in points {
            assert!((LEFT..=RIGHT).contains(&point.x) && (TOP..=BOTTOM).contains(&point.y));
        }
        let (top, height) = charts[0].band.unwrap();
        assert!(top > TOP && height > 0.0);
    }

    #[test]
    fn one_measurement_is_no_line_and_units_do_not_mix() {
        let mut other = glucose("2023-01-01", 5.0);
        other["valueQuantity"]["unit"] = json!("mmol/L");
        assert!(charts(&[glucose("2020-01-01", 1.0), other]).is_empty());
    }

    #[test]
    fn the_two_numbers_of_a_blood_pressure_share_a_drawing() {
        let pressure = |day: &str| {
            json!({"code": {"text": "Blood pressure"}, "effectiveDateTime": day, "component": [
                {"code": {"text": "Systolic"}, "valueQuantity": {"value": 120, "unit": "mmHg"}},
                {"code": {"text": "Diastolic"}, "valueQuantity": {"value": 80, "unit": "mmHg"}},
            ]})
        };
        let charts = charts(&[pressure("2020-01-01"), pressure("2021-01-01")]);
        assert_eq!((charts.len(), charts[0].lines.len()), (1, 2));
        assert_eq!(charts[0].lines[1].name, "Diastolic");
    }

    #[test]
    fn equal_and_extreme_numbers_are_drawn() {
        for value in [0.0, -5.0, 1e12, 1e-6, 7.0] {
            let charts = charts(&[glucose("2020-01-01", value), glucose("2021-01-01", value)]);
            assert!(
                charts[0].lines[0]
                    .points
                    .iter()
                    .all(|point| point.y.is_finite())
            );
            assert!((2..=9).contains(&charts[0].ticks.len()), "{value}");
        }
    }
}
