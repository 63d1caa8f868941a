"""Speed, memory and accuracy of models side by side, each in a process of its own."""
