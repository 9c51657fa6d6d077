"""What would happen when: built-in stories, played through the judgement of a configuration without any device."""
