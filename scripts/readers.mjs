// npm run readers: other engines read a small lake; exit code 1 where one sees other rows.
import { compiledTests } from './ready.mjs';

const { main } = await import(compiledTests('test/readers/readers.js'));
try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`chatlake: ${error.message.split('\n')[0].slice(0, 400)}`);
  process.exitCode = 1;
}
