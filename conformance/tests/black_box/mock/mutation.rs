//! Answers that are almost right: a value of another type, a byte too few, a piece twice.

use actix_web::HttpResponse;
use actix_web::body::to_bytes;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

/// One answer in so many stays as it is, so that a run gets somewhere.
const SPARED: u32 = 3;

/// Spoils an answer, always in the same way for the same seed and the same request.
pub async fn spoil(response: HttpResponse, seed: u64, request: &str) -> HttpResponse {
    let mut random = StdRng::seed_from_u64(seed ^ hash(request));
    if random.next_u32() % SPARED == 0 {
        return response;
    }
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.unwrap_or_default().to_vec();
    let spoilt = match serde_json::from_slice::<Value>(&body) {
        Ok(value) => of_another_type(value, &mut random),
        Err(_) => of_other_bytes(body, &mut random),
    };
    head.set_body(actix_web::body::BoxBody::new(spoilt))
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn odd(random: &mut StdRng) -> Value {
    let all = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}é\u{202e}"),
        json!("http://["),
        json!("9999-99-99T99:99:99Z"),
        json!([]),
        json!([null, 5]),
        json!({}),
        json!({"reference": {"coding": []}}),
    ];
    all[random.random_range(0..all.len())].clone()
}

/// A few places of a document get values of another kind.
fn of_another_type(mut value: Value, random: &mut StdRng) -> Vec<u8> {
    for _ in 0..random.random_range(1..6) {
        let mut place = &mut value;
        for _ in 0..random.random_range(1..8) {
            let count = match &*place {
                Value::Array(items) => items.len(),
                Value::Object(members) => members.len(),
                _ => 0,
            };
            if count == 0 {
                break;
            }
            let at = random.random_range(0..count);
            place = match place {
                Value::Array(items) => &mut items[at],
                Value::Object(members) => members.values_mut().nth(at).unwrap(),
                _ => unreachable!(),
            };
        }
        *place = odd(random);
    }
    value.to_string().into_bytes()
}

fn of_other_bytes(mut body: Vec<u8>, random: &mut StdRng) -> Vec<u8> {
    if body.is_empty() {
        return body;
    }
    let at = random.random_range(0..body.len());
    match random.random_range(0..4) {
        0 => body.truncate(at),
        1 => body[at] = random.random(),
        2 => body.extend_from_within(at..),
        _ => body
            .splice(at..at, b"<form><input name=\"><!--".iter().copied())
            .for_each(drop),
    }
    body
}
