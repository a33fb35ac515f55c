import java.awt.Color;
import java.awt.event.KeyEvent;
import javax.swing.*;

/** A window of Swing: a field, a choice, a menu with a submenu, a dialog; its title says what was done. */
public class Swing {
	private static JFrame frame;

	private static JMenu menu() {
		JMenu menu = new JMenu("File");
		JMenu more = new JMenu("More");

		for (String word : new String[] {"New", "Open", "Save", "Close"}) {
			JMenuItem item = new JMenuItem(word);
			item.addActionListener(event -> frame.setTitle("chose " + word));
			item.setOpaque(true);
			item.setBackground(new Color(0x00ffff));
			menu.add(item);
		}
		more.add(new JMenuItem("Deeper"));
		menu.add(more);
		menu.setMnemonic(KeyEvent.VK_F);
		return menu;
	}

	private static JTextField field() {
		JTextField field = new JTextField(20);

		field.setBackground(new Color(0xffff00));
		field.addActionListener(event -> frame.setTitle("typed " + field.getText()));
		return field;
	}

	private static JButton button() {
		JButton button = new JButton("ask");

		button.setBackground(new Color(0xff8000));
		button.addActionListener(event -> {
			JOptionPane.showMessageDialog(frame, "hello", "asked", JOptionPane.PLAIN_MESSAGE);
			frame.setTitle("answered");
		});
		return button;
	}

	private static void show() {
		JMenuBar bar = new JMenuBar();
		JPanel panel = new JPanel();

		/* Windows of X11 for menus, also where they would fit into this one. */
		JPopupMenu.setDefaultLightWeightPopupEnabled(false);
		frame = new JFrame("swings");
		bar.add(menu());
		frame.setJMenuBar(bar);
		panel.setBackground(Color.GREEN);
		panel.add(field());
		panel.add(button());
		frame.add(panel);
		frame.setSize(700, 450);
		frame.setDefaultCloseOperation(JFrame.EXIT_ON_CLOSE);
		frame.setVisible(true);
	}

	public static void main(String[] arguments) {
		SwingUtilities.invokeLater(Swing::show);
	}
}
