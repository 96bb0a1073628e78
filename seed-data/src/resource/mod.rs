//! The resources of a patient, one file per type: each knows its elements and their order, none knows chance.

pub(crate) mod adjudication;
pub(crate) mod allergy_intolerance;
pub(crate) mod care_plan;
pub(crate) mod care_team;
pub(crate) mod condition;
pub(crate) mod coverage;
pub(crate) mod device;
pub(crate) mod diagnostic_report;
pub(crate) mod document_reference;
pub(crate) mod encounter;
pub(crate) mod explanation_of_benefit;
pub(crate) mod goal;
pub(crate) mod imaging_study;
pub(crate) mod immunization;
pub(crate) mod medication_administration;
pub(crate) mod medication_dispense;
pub(crate) mod medication_request;
pub(crate) mod medication_statement;
pub(crate) mod observation;
pub(crate) mod patient;
pub(crate) mod procedure;
pub(crate) mod provenance;
pub(crate) mod related_person;
pub(crate) mod service_request;
pub(crate) mod specimen;
