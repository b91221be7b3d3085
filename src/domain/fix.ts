/**
 * Fixing quarantined messages: rules that patch a body, and the new message that is made of it. The message as received stays what it
 * is; the fixed one is another, with an identity of its own that tells whose place it takes.
 */
import type { Contract } from './contracts/contract.ts';
import { isFieldContract } from './contracts/contract.ts';
import { type Json, type JsonObject, isJsonObject } from './json.ts';
import { placeText } from './layout.ts';
import type { RawLine, ReceivedMessage } from './raw.ts';

/** Headers of a fixed message: the place of the message as received, and the SHA-256 of the rule file. */
export const FIX_OF = 'chatlake-fix-of';
export const FIX_RULES = 'chatlake-fix-rules';

/** The transport id of the message fixed from one of this id. */
export const fixedId = (transportId: string): string => `${transportId}:fixed`;
