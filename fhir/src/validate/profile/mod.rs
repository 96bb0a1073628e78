//! Whether a resource conforms to profiles. <http://hl7.org/fhir/R4/profiling.html>

mod binding;
mod cardinality;
mod element;
mod extension;
mod slice;

use serde_json::Value;

use super::issue::{Code, Issue, Severity};
use super::place::Place;
use super::walk::{Frame, Scope, Walk};
use super::wording::{listed, quoted};
use crate::definition::{self, Type};
use crate::path::Node;
use crate::profile::{self, Profile};

/// Where R4 defines its types.
const R4: &str = "http://hl7.org/fhir/StructureDefinition/";

/// One profile in hand while a resource is held against it.
struct Conformance<'c, 'v> {
    walk: &'c mut Walk<'v>,
    profile: &'static Profile,
    scope: &'c Scope<'v>,
}

/// What a canonical URL names.
enum Named {
    Profile(&'static Profile),
    /// A type of R4, all of which the walk has checked.
    Type(&'static Type),
}

fn named(canonical: &str, walk: &Walk<'_>) -> Option<Named> {
    let known = profile::find(canonical, walk.options.us_core).map(Named::Profile);
    known.or_else(|| {
        let url = canonical.strip_suffix("|4.0.1").unwrap_or(canonical);
        let ty = definition::find(url.strip_prefix(R4)?)?;
        (ty.path == ty.name).then_some(Named::Type(ty))
    })
}

impl<'v> Walk<'v> {
    /// Holds a resource against the profiles it is to conform to.
    pub(super) fn conformance(&mut self, frame: &Frame<'_, 'v>, node: Node<'v>) {
        if !frame.scope.is_entry {
            for canonical in self.options.profiles {
                self.held_against(canonical, Severity::Warning, frame, node, frame.place);
            }
        }
        if self.options.claims {
            self.claims(frame, node);
        }
    }

    fn claims(&mut self, frame: &Frame<'_, 'v>, node: Node<'v>) {
        let claims = frame
            .object
            .get("meta")
            .and_then(|meta| meta.get("profile"));
        let claims = claims.and_then(Value::as_array).into_iter().flatten();
        let (meta, asked) = (frame.place.member("meta"), self.options.profiles);
        let list = meta.member("profile");
        for (at, claim) in claims.enumerate() {
            let Some(claim) = claim.as_str().filter(|claim| !asked.contains(claim)) else {
                continue;
            };
            self.held_against(claim, Severity::Information, frame, node, &list.index(at));
        }
    }

    /// Checks one profile. `claim` is where it is named, `unknown` how bad it is not to know it.
    fn held_against(
        &mut self,
        canonical: &str,
        unknown: Severity,
        frame: &Frame<'_, 'v>,
        node: Node<'v>,
        claim: &Place<'_>,
    ) {
        let wrong = match named(canonical, self) {
            Some(Named::Profile(profile)) if frame.ty.is_a(profile.ty) => {
                let mut conformance = Conformance {
                    walk: self,
                    profile,
                    scope: frame.scope,
                };
                conformance.occurrence(&profile.rules, node, frame.place);
                return conformance.extensions(node, frame.place);
            }
            Some(Named::Type(ty)) if frame.ty.is_a(ty) => return,
            Some(Named::Profile(profile)) => other_type(canonical, profile.ty, frame, claim),
            Some(Named::Type(ty)) => other_type(canonical, ty, frame, claim),
            None => not_known(canonical, claim).of_severity(unknown),
        };
        self.issues.push(wrong);
    }

    /// Says once which value sets of profiles are not known.
    pub(super) fn report_unchecked(&mut self) {
        if self.unchecked.is_empty() {
            return;
        }
        let unchecked = listed(self.unchecked.iter().copied());
        self.issues.push(Issue::remark(format!(
            "The codes of these value sets are not known here and were not checked: {unchecked}."
        )));
    }
}

fn other_type(canonical: &str, ty: &Type, frame: &Frame<'_, '_>, claim: &Place<'_>) -> Issue {
    let what = format!(
        "{} is about {}, but the resource is of type {}.",
        quoted(canonical),
        ty.name,
        frame.ty.name
    );
    Issue::rule(Code::Invalid, claim, what)
}

fn not_known(canonical: &str, claim: &Place<'_>) -> Issue {
    let what = format!(
        "The profile {} is not known here and was not checked; known are those of US Core 3.1.1 to 8.0.0.",
        quoted(canonical)
    );
    Issue::rule(Code::NotFound, claim, what)
}

impl Conformance<'_, '_> {
    /// Reports an issue on behalf of the profile, once.
    fn report(&mut self, issue: Issue) {
        if !self.walk.issues.has(&issue) {
            let profile = format!("{}|{}", self.profile.url, self.profile.version);
            self.walk.issues.push(Issue {
                profile: Some(profile),
                ..issue
            });
        }
    }
}
