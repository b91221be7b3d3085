/** `--source`, the same for every verb: it names the sources there are. */
import { Option } from 'commander';
import { CONTRACTS } from '../domain/sources/index.ts';

const FLAGS = '--source <source>';
const NAMES = [...CONTRACTS.keys()].join(' or ');

/** Of a verb that works on all sources unless one is given. */
export const oneOfAll = (): Option => new Option(FLAGS, `${NAMES}; absent: all`);

/** Of a verb that works on one source alone. */
export const oneSource = (): Option => new Option(FLAGS, NAMES).makeOptionMandatory();
