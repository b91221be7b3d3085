/** What the Bot API answers when it refuses. */
import type { JsonObject } from '../../domain/json.ts';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly parameters: JsonObject | undefined;
  constructor(code: number, description: string, parameters?: JsonObject) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}
