//! Where the user's files are.

use std::path::PathBuf;

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};
use fixtrail_index::Store;

use super::Global;
use super::failure::Failure;

/// The store of the index: `--index`, else `fixtrail/index` in the user's data folder.
pub(super) fn store(global: &Global) -> Result<Store, Failure> {
    if let Some(dir) = &global.index {
        return Ok(Store::at(dir));
    }
    let app = AppStrategyArgs {
        app_name: "fixtrail".to_owned(),
        ..AppStrategyArgs::default()
    };
    let strategy = choose_app_strategy(app)
        .map_err(|error| Failure::new(error).hint("name the folder of the index: --index DIR"))?;
    let dir: PathBuf = strategy.in_data_dir("index");
    Ok(Store::at(&dir))
}
