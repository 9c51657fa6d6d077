export function Privacy() {
  return <main id="content" tabIndex={-1} />;
}
