//! `/record/{patient}/{category}`: one kind of data.

use actix_web::web::Path;
use futures_util::future::join_all;
use serde_json::Value;
use smart::category::{Category, Part};

use super::super::browser::Browser;
use super::super::form::Query;
use super::super::problem::Problem;
use super::super::{Answer, Here, render};
use super::Opened;
use super::overview::refused_is;
use crate::page::record::CategoryPage;
use crate::portal::{FhirApi, Unreadable};
use crate::record::chart;
use crate::record::entry::{self, Entry};
use crate::record::view::View;
use crate::secret::Secret;

/// Resources that are read of each part of a category; the newest.
const MOST: usize = 1000;
/// Entries on a page.
const SHOWN: usize = 50;
/// Charts on the first page.
const CHARTS: usize = 9;

/// `GET`
pub async fn get(
    here: Here,
    browser: Browser,
    path: Path<(String, String)>,
    Query(query): Query,
) -> Answer {
    let (patient, code) = path.into_inner();
    let category = Category::find(&code).ok_or(Problem::not_found())?;
    let opened = Opened::of(&here, &browser, &patient, category.code)?;
    let token = opened.token();
    let resources = resources(opened.api(), &token, category).await?;
    let newest_first = entry::newest_first(&resources);
    let total = newest_first.len();
    let pages = total.div_ceil(SHOWN).max(1);
    let asked = query.first("page").and_then(|page| page.parse().ok());
    let page: usize = asked.unwrap_or(1).clamp(1, pages);
    let page = CategoryPage {
        chrome: browser.chrome(&here),
        patient: opened.patient,
        category,
        charts: if page == 1 {
            charts(&resources)
        } else {
            Vec::new()
        },
        entries: newest_first
            .into_iter()
            .skip((page - 1) * SHOWN)
            .take(SHOWN)
            .filter_map(Entry::read)
            .collect(),
        total,
        page,
        pages,
    };
    Ok(render::page(&page)?.finish())
}

/// The charts with the most points.
fn charts(resources: &[Value]) -> Vec<chart::Chart> {
    let observations = resources
        .iter()
        .filter(|resource| resource["resourceType"] == "Observation");
    let mut charts = chart::charts(observations);
    let points = |chart: &chart::Chart| chart.lines.iter().map(|line| line.points.len()).max();
    charts.sort_by_key(|chart| std::cmp::Reverse(points(chart)));
    charts.truncate(CHARTS);
    charts
}

async fn resources(
    api: &FhirApi,
    token: &Secret,
    category: &Category,
) -> Result<Vec<Value>, Unreadable> {
    let searches = category.parts.iter().filter_map(|part| {
        let view = View::of(part.resource_type)?;
        Some(async move { refused_is(Vec::new(), part_of(api, token, part, view).await) })
    });
    let mut all = Vec::new();
    for found in join_all(searches).await {
        all.extend(found?);
    }
    Ok(all)
}

async fn part_of(
    api: &FhirApi,
    token: &Secret,
    part: &Part,
    view: &View,
) -> Result<Vec<Value>, Unreadable> {
    let query = part.query();
    let joint = if query.contains('?') { '&' } else { '?' };
    let sort = view.sort.unwrap_or("_lastUpdated");
    let query = format!("{query}{joint}_sort=-{sort}&_count=500");
    api.search(token, &query, MOST).await
}
