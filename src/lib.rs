//! Evidence of a crash or hang goes in, the upstream commits that likely fix it come out, with reasons.
