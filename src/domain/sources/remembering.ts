/** A contract that remembers what its rules said of a value. */
import type { Json } from '../json.ts';
import { type Contract, type Field, type Ruled, isFieldContract } from './contract.ts';

/** Values of one field that are remembered: most fields have few, and a date or a CPF comes again soon if at all. */
const REMEMBERED = 10_000;

/** Characters of a list or an object that is remembered: those that come again are short. */
const MOST_CHARACTERS = 256;

const NOT_REMEMBERED = Symbol('not remembered');

/** What a value is remembered under. No text of a message begins like that of a list or an object. */
function keyOf(value: Json | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const text = JSON.stringify(value);
  return text.length <= MOST_CHARACTERS ? `\0${text}` : NOT_REMEMBERED;
}

/** The same contract, which asks a field's rule once for a value that comes again: rules are pure. */
export function remembering(contract: Contract): Contract {
  if (!isFieldContract(contract)) return contract;
  const fields = contract.rules.fields.map((field): Field => {
    const known = new Map<unknown, Ruled>();
    return {
      ...field,
      apply: (value, context) => {
        const key = keyOf(value);
        if (key === NOT_REMEMBERED) return field.apply(value, context);
        let found = known.get(key);
        if (found === undefined) {
          found = field.apply(value, context);
          if (known.size >= REMEMBERED) known.clear();
          known.set(key, found);
        }
        return found;
      },
    };
  });
  return { ...contract, rules: { ...contract.rules, fields } };
}
