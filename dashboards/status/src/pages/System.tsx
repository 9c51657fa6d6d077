export function System() {
  return <main id="content" tabIndex={-1} />;
}
