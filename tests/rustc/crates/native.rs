// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

//! A library over a C library; `link_*` says how.

#[cfg_attr(link_static, link(name = "nat", kind = "static"))]
#[cfg_attr(link_loose, link(name = "nat", kind = "static", modifiers = "-bundle"))]
#[cfg_attr(link_loose_whole, link(name = "nat", kind = "static", modifiers = "-bundle,+whole-archive"))]
#[cfg_attr(link_whole, link(name = "nat", kind = "static", modifiers = "+whole-archive"))]
#[cfg_attr(link_bundle_whole, link(name = "nat", kind = "static", modifiers = "+bundle,+whole-archive"))]
#[cfg_attr(link_verbatim, link(name = "odd-name.lib", kind = "static", modifiers = "+verbatim"))]
#[cfg_attr(link_verbatim_whole, link(name = "odd-name.lib", kind = "static", modifiers = "+whole-archive,+verbatim"))]
#[cfg_attr(link_loose_verbatim, link(name = "odd-name.lib", kind = "static", modifiers = "-bundle,+verbatim"))]
#[cfg_attr(link_dylib, link(name = "natd", kind = "dylib"))]
#[cfg_attr(link_dylib_verbatim, link(name = "libnatd.so.1", kind = "dylib", modifiers = "+verbatim"))]
extern "C" {
    fn nat_first(value: i32) -> i32;
}

pub fn first(value: i32) -> i32 {
    unsafe { nat_first(value) }
}
