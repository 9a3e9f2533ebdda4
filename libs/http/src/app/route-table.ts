interface Route {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** Which methods each path takes, so that a wrong one can be answered with those that are right. */
export class RouteTable {
  private readonly byTemplate = new Map<string, Route>();

  add(template: string, methods: readonly string[]): void {
    const route = this.byTemplate.get(template) ?? { pattern: patternOf(template), methods: new Set<string>() };
    for (const method of methods) route.methods.add(method);
    this.byTemplate.set(template, route);
  }

  /** Sorted; empty for a path that there is not. */
  methodsAt(path: string): string[] {
    const methods = new Set<string>();
    for (const route of this.byTemplate.values()) {
      if (route.pattern.test(path)) for (const method of route.methods) methods.add(method);
    }
    return [...methods].toSorted();
  }
}

function patternOf(template: string): RegExp {
  const parts = template
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)));
  return new RegExp(`^${parts.join('/')}$`);
}
