//! Places on Earth (`Location.near`): `latitude|longitude|distance|unit`.
//!
//! A place is stored as a point on the unit sphere. Two places are within a distance when the
//! straight line between their points is short enough, which takes no trigonometry at query time,
//! and the height of the point is an index walk by latitude.

use fhir::ucum;

use super::token::split_unescaped;

/// Mean radius of the Earth in metres.
const RADIUS: f64 = 6_371_008.8;
/// Kilometres, when no distance is given.
const DISTANCE: f64 = 50.0;

/// A point on the unit sphere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Towards the meridian of Greenwich at the equator.
    pub x: f64,
    /// Towards 90° east at the equator.
    pub y: f64,
    /// Towards the North Pole.
    pub z: f64,
}

impl Point {
    /// From degrees north and east; `None` when there is no such place.
    pub fn at(latitude: f64, longitude: f64) -> Option<Self> {
        if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
            return None;
        }
        let (north, east) = (latitude.to_radians(), longitude.to_radians());
        Some(Self {
            x: north.cos() * east.cos(),
            y: north.cos() * east.sin(),
            z: north.sin(),
        })
    }
}

/// Every place within a distance of a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    /// The middle.
    pub centre: Point,
    /// Length of the straight line from the middle to the rim, in radii of the Earth.
    pub chord: f64,
}

impl Circle {
    /// Reads `latitude|longitude[|distance[|unit]]`; the unit is one of UCUM's for a length, `km`
    /// when left out.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = split_unescaped(text, '|');
        let (latitude, longitude, distance, unit) = match parts.as_slice() {
            [north, east] => (north, east, DISTANCE, "km"),
            [north, east, distance] => (north, east, number(distance)?, "km"),
            [north, east, distance, unit] if unit.is_empty() => {
                (north, east, number(distance)?, "km")
            }
            [north, east, distance, unit] => (north, east, number(distance)?, unit.as_str()),
            _ => return None,
        };
        let length = ucum::canonical(unit).filter(|canonical| canonical.unit == "m")?;
        let angle = length.convert(Some(distance).filter(|distance| *distance >= 0.0)?) / RADIUS;
        Some(Self {
            centre: Point::at(number(latitude)?, number(longitude)?)?,
            chord: 2.0 * (angle.clamp(0.0, std::f64::consts::PI) / 2.0).sin(),
        })
    }

    /// Whether a place lies inside.
    pub fn holds(&self, point: Point) -> bool {
        let (x, y, z) = (
            point.x - self.centre.x,
            point.y - self.centre.y,
            point.z - self.centre.z,
        );
        x * x + y * y + z * z <= self.chord * self.chord
    }
}

fn number(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    text.parse()
        .ok()
        .filter(|number: &f64| plain && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_measured_on_the_sphere() {
        // Boston to New York is 306 km.
        let new_york = Point::at(40.7128, -74.0060).unwrap();
        let around_boston =
            |rest: &str| Circle::parse(&format!("42.3601|-71.0589|{rest}")).unwrap();
        assert!(around_boston("307|km").holds(new_york));
        assert!(!around_boston("305").holds(new_york));
        assert!(around_boston("191|[mi_i]").holds(new_york));
        assert!(!around_boston("305000|m").holds(new_york));
        // Across the date line.
        let fiji = Point::at(-17.0, 179.9).unwrap();
        assert!(Circle::parse("-17|-179.9|25|km").unwrap().holds(fiji));
        assert!(Circle::parse("0|0|30000|km").unwrap().holds(fiji));
    }

    #[test]
    fn ill_formed_places_are_refused() {
        for text in [
            "",
            "42",
            "42|",
            "x|y",
            "91|0",
            "0|181",
            "0|0|-",
            "0|0|5|kg",
            "0|0|5|km|x",
            "NaN|0",
            "0|inf",
            "0|0|x|km",
        ] {
            assert_eq!(Circle::parse(text), None, "{text}");
        }
    }
}
