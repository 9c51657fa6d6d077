export function Labels() {
  return <main id="content" tabIndex={-1} />;
}
