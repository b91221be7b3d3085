/** A contract that remembers what its rules said of a value. */
import { type Contract, type Field, type Ruled, isFieldContract } from './contract.ts';

/** Values of one field that are remembered: most fields have few, and a date or a CPF comes again soon if at all. */
const REMEMBERED = 10_000;

/** The same contract, which asks a field's rule once for a value that comes again: rules are pure. */
export function remembering(contract: Contract): Contract {
  if (!isFieldContract(contract)) return contract;
  const fields = contract.rules.fields.map((field): Field => {
    const known = new Map<unknown, Ruled>();
    return {
      ...field,
      apply: (value, context) => {
        if (typeof value === 'object' && value !== null) return field.apply(value, context);
        let found = known.get(value);
        if (found === undefined) {
          found = field.apply(value, context);
          if (known.size >= REMEMBERED) known.clear();
          known.set(value, found);
        }
        return found;
      },
    };
  });
  return { ...contract, rules: { ...contract.rules, fields } };
}
