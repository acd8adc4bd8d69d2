/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a plan that was read is whole. Its bytes alone don't tell: cut between two fields they
 * are a plan too, of a link with fewer arguments.
 */

#include "base/error.h"
#include "unit/plan.h"

/*
 * Refuses a plan that lacks what every plan has, and one that names a file of the unit which isn't
 * in its list of files: that list comes behind the arguments.
 */
int plan_check(const struct plan *plan, struct error *err) must_check;
