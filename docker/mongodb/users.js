// Runs once, on an empty volume, before the server can be reached from outside.
const lake = db.getSiblingDB(process.env.MONGODB_DATABASE);
lake.createUser({
  user: 'chatlake',
  pwd: process.env.MONGODB_PASSWORD,
  // dbAdmin: the worker keeps the validators of its collections up to date (collMod).
  roles: ['readWrite', 'dbAdmin'],
});
lake.createUser({ user: 'viewer', pwd: process.env.MONGODB_VIEWER_PASSWORD, roles: ['read'] });
