//! The commits of a git clone as a search index of fixes.
