export function FirstRun() {
  return <main id="content" tabIndex={-1} />;
}
