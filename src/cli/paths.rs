//! Where the user's files are.

use std::env;
use std::path::PathBuf;

use etcetera::{
    AppStrategy, AppStrategyArgs, BaseStrategy, choose_app_strategy, choose_base_strategy,
};
use fixtrail_index::Upstreams;

use super::Global;
use super::failure::Failure;

/// The folder of indexes: `--index`, else `fixtrail/index` in the user's data folder.
pub(super) fn upstreams(global: &Global) -> Result<Upstreams, Failure> {
    if let Some(dir) = &global.index {
        return Ok(Upstreams::at(dir));
    }
    let strategy = strategy()
        .map_err(|failure| failure.hint("name the folder of the indexes: --index DIR"))?;
    Ok(Upstreams::at(&strategy.in_data_dir("index")))
}

/// Where files stay that are being fetched: `fixtrail/fetch` in the user's cache folder.
pub(super) fn fetched() -> Result<PathBuf, Failure> {
    Ok(strategy()?.in_cache_dir("fetch"))
}

/// What the user has set: `fixtrail` in the folder of configurations.
pub(super) fn config() -> Result<PathBuf, Failure> {
    Ok(strategy()?.config_dir())
}

/// What is remembered of Bugzilla servers: `fixtrail/bugzilla` in the user's cache folder.
pub(super) fn bugzilla() -> Result<PathBuf, Failure> {
    Ok(strategy()?.in_cache_dir("bugzilla"))
}

/// The user's home folder.
pub(super) fn home() -> Result<PathBuf, Failure> {
    Ok(strategy()?.home_dir().to_owned())
}

fn strategy() -> Result<impl AppStrategy, Failure> {
    let app = AppStrategyArgs {
        app_name: "fixtrail".to_owned(),
        ..AppStrategyArgs::default()
    };
    choose_app_strategy(app).map_err(Failure::new)
}

/// The cache of debuginfod's clients (debuginfod-client-config(7)), which all of them share.
pub(super) fn debuginfod_cache() -> Result<PathBuf, Failure> {
    if let Some(path) = env::var_os("DEBUGINFOD_CACHE_PATH") {
        return Ok(path.into());
    }
    let strategy = choose_base_strategy().map_err(|error| {
        Failure::new(error).hint("name the folder of fetched files: DEBUGINFOD_CACHE_PATH=DIR")
    })?;
    // Before elfutils 0.180 it was here, and where it still is, it is used.
    let old = strategy.home_dir().join(".debuginfod_client_cache");
    if old.is_dir() {
        return Ok(old);
    }
    Ok(strategy.cache_dir().join("debuginfod_client"))
}
