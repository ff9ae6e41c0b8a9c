//! The pages that show what happened.

use std::{
    fs,
    path::{Path, PathBuf},
};

use deployment_core::journal::{FileJournal, Journal};

use super::Deployed;
use crate::{report, setup::Problem};

/// Writes one page per deployment into the directory `data`; says where.
pub(super) async fn report(journal: &FileJournal, deployments: &[Deployed], data: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut pages = Vec::new();
    for deployed in deployments {
        let entries = journal.read(&deployed.id, 0).await?;
        let page = report::render(&report::Input { deployment: &deployed.id, entries: &entries, evidence: &deployed.evidence })?;
        let path = data.join(format!("version-{}.html", deployed.version));
        fs::write(&path, page)?;
        pages.push(path.canonicalize()?);
    }
    Ok(pages)
}
