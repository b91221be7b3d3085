/** How every process reaches Temporal: the environment, as the official tools read it. */
import type { Config } from './config.ts';

/** Options for Connection and NativeConnection alike. */
export function temporalConnection(config: Config) {
  const tls = config.TEMPORAL_API_KEY !== undefined || config.TEMPORAL_TLS === 'true';
  return {
    address: config.TEMPORAL_ADDRESS,
    ...(config.TEMPORAL_API_KEY === undefined ? {} : { apiKey: config.TEMPORAL_API_KEY }),
    ...(tls ? { tls: true } : {}),
  };
}
